#!/bin/sh
# sbatch slurm.sh; when all jobs have ended: lvgen merge block-* -o result
#SBATCH --job-name=lvgen
#SBATCH --array=1-100
#SBATCH --cpus-per-task=1
#SBATCH --mem=1500M
#SBATCH --time=04:00:00
#SBATCH --requeue
#SBATCH --signal=B:TERM@60
#SBATCH --output=log-%a.txt
set -eu
exec sh block.sh mycard.toml "$SLURM_ARRAY_TASK_ID" "$SLURM_ARRAY_TASK_COUNT"

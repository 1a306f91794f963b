#!/usr/bin/env bash
# Trains on the lower slices of the shared real CT, from the demo model and from scratch, and measures both on those slices and on the ones held out.
# Usage: benchmarks/real-ct.sh [FOLDER [EPOCHS]]   (artifacts/real-ct and 160 by default); twice 25 steps an epoch. An interrupted run goes on where it stopped.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=${1:-$root/artifacts/real-ct}
epochs=${2:-160}
data=Dataset902_RealCT
dotnet build -c Release -v quiet "$root/src/STUNet.Cli"
stunet() { dotnet run -c Release --no-build --project "$root/src/STUNet.Cli" -- "$@"; }

dotnet run -c Release --project "$root/benchmarks/STUNet.Benchmarks" -- real-ct "$work"
stunet plan "$work/raw/$data" -o "$work/preprocessed/$data" --pretrained "$root/samples/demo/model"
stunet preprocess "$work/raw/$data" -o "$work/preprocessed/$data" --rules v1

recipe=("$work/preprocessed/$data" 3d_fullres all -tr STUNetTrainer --rules v1 --dims 8,16,32,64,128,128 --depth 1
  --optimizer adamw --learning-rate 0.003 --mirror zy --epochs "$epochs" --iterations 25 --no-validation --c)
stunet finetune "${recipe[@]}" -pretrained_weights "$root/samples/demo/model" -o "$work/finetuned"
stunet train "${recipe[@]}" -o "$work/scratch"

for model in finetuned scratch; do
  for part in slab held; do
    stunet predict --model "$work/$model" -i "$work/images/${part}_0000.nii.gz" -o "$work/predicted/$model/$part/$part.nii.gz" --overwrite_existing
    echo "$model, $part:"
    stunet evaluate --pred "$work/predicted/$model/$part" --ref "$work/labels/$part" --dataset "$work/raw/$data/dataset.json"
  done
done

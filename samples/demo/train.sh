#!/usr/bin/env bash
# Trains the model of stunet demo anew from generated phantoms and measures it on 20 others.
# Usage: samples/demo/train.sh [FOLDER]   (artifacts/demo-training by default)
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=${1:-$root/artifacts/demo-training}
dotnet build -c Release -v quiet "$root/src/STUNet.Cli"
stunet() { dotnet run -c Release --no-build --project "$root/src/STUNet.Cli" -- "$@"; }

data=Dataset900_TorsoPhantom
unseen=$work/raw/Dataset901_Unseen
stunet phantom -o "$work/raw/$data" --cases 40 --seed 1
stunet phantom -o "$unseen" --cases 20 --seed 2

# Spacing, patch, poolings and normalisation are those of the model that is replaced.
stunet plan "$work/raw/$data" -o "$work/preprocessed/$data" --pretrained "$root/samples/demo/model"
stunet preprocess "$work/raw/$data" -o "$work/preprocessed/$data" --rules v1

# 1000 steps of 2 patches. Not mirrored from left to right (x): the sides of lungs and kidneys look alike, and the network has to tell them apart.
stunet train "$work/preprocessed/$data" 3d_fullres all -tr STUNetTrainer --rules v1 --dims 8,16,32,64,128,128 --depth 1 \
  --optimizer adamw --learning-rate 0.0015 --mirror zy --epochs 40 --iterations 25 --no-validation -o "$work/trained"
stunet convert -i "$work/trained" -o "$work/model" --dtype f16 --licence Apache-2.0

stunet predict --model "$work/model" -i "$unseen/imagesTr" -o "$work/predicted"
stunet evaluate --pred "$work/predicted" --ref "$unseen/labelsTr" --dataset "$unseen/dataset.json"

#!/usr/bin/env bash
# Peak resident memory of a whole training by `stunet train`: two steps and a validation batch, batch 2, 105 classes, on five synthetic torsos. Needs GNU time.
# Usage: benchmarks/training-memory.sh SIZE PATCH RECOMPUTE [FOLDER]   (such as S 64x64x64 blocks; artifacts/training-memory by default)
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
size=$1 patch=$2 recompute=$3
work=${4:-$root/artifacts/training-memory}
data=Dataset900_Torso
declare -A trainers=([S]=small [B]=base [L]=large [H]=huge)
dotnet build -c Release -v quiet "$root/src/STUNet.Cli"
stunet() { "$root/artifacts/bin/STUNet.Cli/release/stunet" "$@"; }

if [ ! -d "$work/raw" ]; then
  stunet phantom -o "$work/raw/$data" --cases 5 --size 132x130x134 --spacing 2.5
  # Names for classes that no case has: the network gets as many outputs as the published ones.
  spare=$(for label in $(seq 9 104); do printf ', "spare_%d": %d' "$label" "$label"; done)
  sed -i "s/\"lung_right\": 8/&$spare/" "$work/raw/$data/dataset.json"
fi

# Patch and poolings of the published networks.
preprocessed=$work/$patch/$data
if [ ! -d "$preprocessed" ]; then
  stunet init -o "$work/$patch/plan" --size S --classes 105 --patch "$patch" --spacing 2.5
  stunet plan "$work/raw/$data" -o "$preprocessed" --pretrained "$work/$patch/plan"
  stunet preprocess "$work/raw/$data" -o "$preprocessed"
fi

rm -rf "$work/model"
/usr/bin/time -f "STU-Net-$size, patch $patch, $recompute: peak resident %M KiB" "$root/artifacts/bin/STUNet.Cli/release/stunet" train "$preprocessed" 3d_fullres 0 \
  -tr "STUNetTrainer_${trainers[$size]}" -o "$work/model" --epochs 1 --iterations 2 --validation-iterations 1 --recompute "$recompute" --no-validation

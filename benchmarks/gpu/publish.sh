#!/usr/bin/env bash
# Packs everything that benchmarks/gpu/run.sh needs on a machine with a GPU, without .NET and without network, into one file:
#   publish.sh [OUTPUT.tar.gz]        default: artifacts/gpu-bundle/stunet-gpu.tar.gz
# A self-contained, trimmed linux-x64 build of STUNet.Benchmarks.Gpu, the scripts, the demo model with its phantom, and from shared/ beside the repository a real CT (or STUNET_CT) and goldens (or STUNET_GOLDEN).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
output=${1:-$root/artifacts/gpu-bundle/stunet-gpu.tar.gz}
most_build=$((28 * 1024 * 1024))
most_goldens=$((20 * 1024 * 1024))
# Ops with gradients, tiny networks, ten training steps of both versions, and STU-Net-S at 128^3. The losses are in the training steps.
goldens=(ops/conv3d.safetensors ops/instance_norm.safetensors ops/blocks.safetensors net/ train/ real/small.)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bundle=$work/stunet-gpu
mkdir -p "$bundle/bin" "$(dirname "$output")"

# Build output of its own, so that an ordinary build beside it is not disturbed; no lock files, because the runtime's packages are not in them.
dotnet publish "$root/benchmarks/STUNet.Benchmarks.Gpu" -c Release -r linux-x64 --self-contained -v quiet --nologo \
    -p:DebugType=none -p:UseAppHost=true \
    -p:RestorePackagesWithLockFile=false -p:NuGetLockFilePath="$work/none.json" --artifacts-path "$root/artifacts/gpu-bundle/build" -o "$bundle/bin"
rm -f "$bundle"/bin/*.xml "$bundle"/bin/*.pdb

demo=$root/samples/demo
mkdir -p "$bundle/volumes/model"
cp "$demo"/model/* "$bundle/volumes/model/"
cp "$demo"/README.md "$demo"/phantom_01_0000.nii.gz "$demo"/phantom_01_truth.nii.gz "$bundle/volumes/"
ct=${STUNET_CT:-$root/../shared/data/totalsegmentator-tests/example_ct.nii.gz}
if [ -f "$ct" ]; then
    cp "$ct" "$bundle/volumes/example_ct.nii.gz"
    licence=$(dirname "$ct")/LICENSE
    [ ! -f "$licence" ] || cp "$licence" "$bundle/volumes/example_ct.LICENSE"
else
    echo "NO REAL CT: $ct is absent, so the part volumes compares the phantom alone, and STU-Net-B is not measured on a whole volume."
    echo "Put shared/ beside the repository, or set STUNET_CT to a CT that ends in .nii.gz, and publish again."
fi
chmod -R u+w "$bundle/volumes"
volume_bytes=$(du -sb --apparent-size "$bundle/volumes" | cut -f1)

tar -C "$bundle" -czf "$work/build.tar.gz" bin volumes
build_bytes=$(stat -c %s "$work/build.tar.gz")

cp "$here"/run.sh "$here"/peer_*.py "$here"/README.md "$bundle/"
git -C "$root" rev-parse HEAD > "$bundle/COMMIT" 2>/dev/null || echo unknown > "$bundle/COMMIT"

data=${STUNET_GOLDEN:-$root/../shared/reference/golden/data}
golden_bytes=0
if [ -f "$data/manifest.json" ]; then
    mkdir -p "$bundle/goldens"
    "$bundle/bin/STUNet.Benchmarks.Gpu" pack-goldens "$data" "$bundle/goldens" "${goldens[@]}"
    golden_bytes=$(du -sb --apparent-size "$bundle/goldens" | cut -f1)
else
    echo "NO GOLDENS: $data/manifest.json is absent, so the bundle has none and its part goldens will say that it was skipped."
    echo "Put shared/ beside the repository, or set STUNET_GOLDEN, and publish again."
fi

tar -C "$work" -czf "$output" stunet-gpu
echo "build packed $build_bytes bytes (at most $most_build), of it volumes of $volume_bytes bytes, goldens $golden_bytes bytes (at most $most_goldens), bundle $(stat -c %s "$output") bytes: $output"
[ "$build_bytes" -le "$most_build" ] || { echo "FAILED: the build is too large"; exit 1; }
[ "$golden_bytes" -le "$most_goldens" ] || { echo "FAILED: the goldens are too large"; exit 1; }

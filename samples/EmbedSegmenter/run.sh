#!/usr/bin/env bash
# Packs our libraries, restores the sample from that folder alone, checks that no third-party package came with them, and segments the demo phantom.
set -euo pipefail
sample=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$sample/../.." && pwd)
feed="$root/artifacts/embed-sample"
configuration=${CONFIGURATION:-Release}
rm -rf "$feed"
mkdir -p "$feed"

for project in src/STUNet.Core kernels/STUNet.Kernels.csproj src/STUNet.Engine src/STUNet.Model src/STUNet.Imaging weights-converter/STUNet.WeightsConverter src/STUNet.Inference; do
    dotnet pack "$root/$project" -c "$configuration" -o "$feed" -v quiet --nologo
done

dotnet build "$sample" -c "$configuration" -v quiet --nologo \
    "-p:StuNetFeed=$feed" "-p:BaseIntermediateOutputPath=$feed/obj/" "-p:OutputPath=$feed/bin/"

# The libraries of the restored graph; each line of it is "NAME/VERSION": {
libraries=$(sed -n '/^  "libraries": {/,/^  }/p' "$feed/obj/project.assets.json" | sed -nE 's/^    "([^"/]+)\/[^"]+": \{.*/\1/p')
[ -n "$libraries" ] || { echo "no libraries found in project.assets.json" >&2; exit 1; }
foreign=$(grep -v '^STUNet\.' <<<"$libraries" || true)
[ -z "$foreign" ] || { echo "third-party packages came with STUNet.Inference: $foreign" >&2; exit 1; }
echo "packages restored: $(tr '\n' ' ' <<<"$libraries")"

dotnet "$feed/bin/EmbedSegmenter.dll" "$root/samples/demo/model" "$root/samples/demo/phantom_01_0000.nii.gz" "$feed/labels.nii.gz"
[ -s "$feed/labels.nii.gz" ]

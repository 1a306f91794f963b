using STUNet.Cli;

namespace STUNet.Tests.Cli;

public sealed class UsageTests
{
    [Theory]
    [InlineData("", "Required command")]
    [InlineData("frobnicate", "'frobnicate' is not understood")]
    [InlineData("predict -i a.nii.gz -o b.nii.gz", "--model")]
    [InlineData("predict --model m -t 1 -i a.nii.gz -o b.nii.gz", "--model")]
    [InlineData("predict --model m -i a.nii.gz", "--output")]
    [InlineData("predict --model m -i a.nii.gz -o b.txt", "-o b.txt")]
    [InlineData("predict --model m -i a.nii.gz -o b.nii.gz --preview p.jpg", "--preview p.jpg")]
    [InlineData("predict --model m -i a.nii.gz -o b.nii.gz --step_size 0", "--step_size 0")]
    [InlineData("predict --model m -i a.nii.gz -o b.nii.gz --step_size x", "--step_size")]
    [InlineData("predict --model m -i a.nii.gz -o b.nii.gz --num_parts 2 --part_id 2", "--part_id 2")]
    [InlineData("predict --model m -i a.nii.gz -o b.nii.gz --mode slow", "--mode slow")]
    [InlineData("predict --model m -i a.nii.gz -o b.nii.gz --memory-limit lots", "--memory-limit lots")]
    [InlineData("predict --model m -i a.nii.gz -o b.nii.gz --device tpu", "--device tpu")]
    [InlineData("predict --model m -i a.nii.gz -o b.nii.gz --device cuda:-1", "--device cuda:-1")]
    [InlineData("predict --model m -i a.nii.gz -o b.nii.gz --device cpu:0", "--device cpu:0")]
    [InlineData("predict --model m -f 0 -i a.nii.gz -o b.nii.gz", "-f")]
    [InlineData("predict -t 1 -m 3d_cascade_fullres -i a.nii.gz -o b.nii.gz", "-m 3d_cascade_fullres")]
    [InlineData("info --size XL", "--size XL")]
    [InlineData("info --size B --dims 1,2", "--dims")]
    [InlineData("info --sise", "'--sise'")]
    [InlineData("init -o x --size custom", "--dims")]
    [InlineData("init -o x --size S --patch 100", "patchSize")]
    [InlineData("init -o x --size S --strides 2x2/2", "--strides 2x2/2")]
    [InlineData("bench", "--size")]
    [InlineData("bench --size S --runs 0", "--runs 0")]
    [InlineData("convert -i x", "--output")]
    [InlineData("export --size S", "--onnx")]
    [InlineData("export --onnx x.onnx", "--model")]
    [InlineData("export --size S --fold 0 --onnx x.onnx", "--fold 0")]
    [InlineData("verify", "golden")]
    [InlineData("plan", "dataset")]
    [InlineData("plan --workers 0 x", "--workers 0")]
    [InlineData("train d 3d_fullres 0 -o m", "-tr")]
    [InlineData("train d 3d_fullres 0 -tr STUNetTrainer_base", "--output")]
    [InlineData("finetune d 3d_fullres 0 -tr STUNetTrainer_base_ft -o m", "-pretrained_weights")]
    [InlineData("evaluate --pred p --labels 1", "--ref")]
    [InlineData("evaluate --pred p --ref r", "--labels")]
    [InlineData("evaluate --pred p --ref r --labels 1 --dataset d.json", "--labels")]
    [InlineData("evaluate --pred p --ref r --labels 1,x", "--labels 1,x")]
    [InlineData("evaluate --pred p --ref r --labels 1 --ignore -1", "--ignore -1")]
    [InlineData("evaluate --pred p --ref r --labels 1 --format v3", "--format v3")]
    [InlineData("evaluate --pred p --ref r --labels 1 --tolerance 1", "--surface")]
    [InlineData("evaluate --pred p --ref r --labels 1 --surface --tolerance 1,-2", "--tolerance 1,-2")]
    [InlineData("postprocess -i a -o b", "--using")]
    [InlineData("train d 3d_fullres 0 -tr STUNetTrainer_base -o m --seed -1", "--seed -1: expected a whole number from 0 to 18446744073709551615")]
    [InlineData("train d 3d_fullres 0 -tr STUNetTrainer_base -o m --seed x", "--seed x: expected a whole number")]
    [InlineData("train d 3d_fullres 0 -tr STUNetTrainer_base -o m --seed", "--seed")]
    [InlineData("train d 3d_fullres 0 -tr STUNetTrainer_base -o m --workers 1.5", "--workers 1.5: expected a whole number from 1")]
    [InlineData("train d 3d_fullres 0 -tr STUNetTrainer_base -o m --threads 99999999999", "--threads 99999999999: expected a whole number from 0 to 2147483647")]
    [InlineData("init -o x --size S --seed x", "--seed x: expected a whole number")]
    [InlineData("phantom -o x --seed x", "--seed x: expected a whole number")]
    [InlineData("predict --model m -i a.nii.gz -o b.nii.gz --num_threads_preprocessing x", "--num_threads_preprocessing x: expected a whole number")]
    [InlineData("predict --model m -i a.nii.gz -o b.nii.gz --num_parts x", "--num_parts x: expected a whole number")]
    [InlineData("verify g --tolerance x", "--tolerance x: expected a number such as 0.0002")]
    [InlineData("evaluate --pred p --ref r --labels 1 --ignore x", "--ignore x: expected a label")]
    [InlineData("phantom", "--output")]
    [InlineData("preprocess x", "--output")]
    [InlineData("preprocess --workers 0 x -o y", "--workers 0")]
    public void Run_WrongUsage_IsOneLineThatNamesTheOption(string line, string named)
    {
        CliRun run = CliRun.Of(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        // A patch that does not fit the strides is found by the check of the manifest's fields, as in a file.
        run.FailedWith(named == "patchSize" ? ExitCode.InputFile : ExitCode.Usage, named);
        Assert.Empty(run.Output);
        Assert.DoesNotContain("System.", run.Error);
    }

    [Theory]
    [InlineData("predict", "--overwrite_existing")]
    [InlineData("convert", "--dtype")]
    [InlineData("init", "--scheme")]
    [InlineData("info", "--layers")]
    [InlineData("bench", "--runs")]
    [InlineData("doctor", "--kernels")]
    [InlineData("export", "--all-heads")]
    [InlineData("verify", "--record")]
    [InlineData("demo", "--output")]
    [InlineData("plan", "--verify-only")]
    [InlineData("train", "--save-interval")]
    [InlineData("finetune", "-pretrained_weights")]
    [InlineData("evaluate", "--surface")]
    [InlineData("postprocess", "--using")]
    [InlineData("preprocess", "--configuration")]
    [InlineData("phantom", "--seed")]
    public void Help_OfCommand_DocumentsOptionsWithExamples(string command, string option)
    {
        CliRun help = CliRun.Of(command, "--help").Succeeded();
        Assert.Contains(option, help.Output);
        Assert.Contains($"stunet {command}", help.Output);
        Assert.Contains("Example", help.Output);
        CliRun list = CliRun.Of("--help").Succeeded();
        Assert.Contains("130 cancelled", list.Output);
        Assert.Contains($"  {command} ", list.Output);
        Assert.DoesNotContain(option, list.Output);
    }

    [Fact]
    public void Run_Cancelled_SaysSoAndGives130() => CliRun.Of(new CancellationToken(canceled: true), "info").FailedWith(ExitCode.Cancelled, "cancelled");

    [Theory]
    [InlineData("6GiB", 6L << 30)]
    [InlineData("500 MB", 500_000_000)]
    [InlineData("1.5G", 3L << 29)]
    [InlineData("4096", 4096)]
    [InlineData("4096B", 4096)]
    public void TryParse_Size_CountsBytes(string text, long bytes) => Assert.Equal(bytes, ByteSize.TryParse(text));

    [Theory]
    [InlineData("")]
    [InlineData("GiB")]
    [InlineData("-1GiB")]
    [InlineData("1e9")]
    [InlineData("99999999TiB")]
    public void TryParse_NoSize_IsNull(string text) => Assert.Null(ByteSize.TryParse(text));
}

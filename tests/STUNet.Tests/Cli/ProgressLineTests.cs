using STUNet.Cli;

namespace STUNet.Tests.Cli;

public sealed class ProgressLineTests
{
    [Fact]
    public void Report_HalfDone_EstimatesTheRest()
    {
        using StringWriter error = new();
        StoppedClock clock = new();
        ProgressLine line = new(new CommandConsole(TextWriter.Null, error, CancellationToken.None), clock);
        line.Report("network", 0, 40);
        clock.Advance(TimeSpan.FromSeconds(5));
        line.Report("network", 5, 40);
        clock.Advance(TimeSpan.FromSeconds(10));
        line.Report("network", 10, 40);
        Assert.Equal("network: 25 %, 45.0 s left", error.ToString().Trim());
    }

    [Theory]
    [InlineData(3.24, "3.2 s")]
    [InlineData(245, "4:05 min")]
    [InlineData(3723, "1:02:03 h")]
    public void Duration_Seconds_AreWrittenForPeople(double seconds, string text) => Assert.Equal(text, ProgressLine.Duration(TimeSpan.FromSeconds(seconds)));

    private sealed class StoppedClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan time) => _ticks += time.Ticks;

        public override long GetTimestamp() => _ticks;
    }
}

using System.Buffers;
using System.Text;
using PretrainCluster.Core.Coordination.Ledger;
using PretrainCluster.Hosting.Codecs;
using PretrainCluster.Hosting.Ledgers;
using PretrainCluster.Hosting.Tests.Codecs;

namespace PretrainCluster.Hosting.Tests.Ledgers;

public sealed class LedgerJsonTests
{
    const string At = "2026-11-22T07:00:00+01:00";

    [Fact]
    public void Decode_WhatWasEncoded_GivesEveryEntryBack()
    {
        var entries = MessageSamples.All.OfType<LedgerEntry>().ToList();
        Assert.NotEmpty(entries);
        Assert.All(entries, entry =>
        {
            var buffer = new ArrayBufferWriter<byte>();
            LedgerJson.Encode(entry, buffer);
            Assert.Equivalent(entry, LedgerJson.Decode(buffer.WrittenMemory), strict: true);
        });
    }

    [Fact]
    public void Decode_OfALedgerFromBeforeUsersHadNames_HasEmptyOnes() => Assert.Equal(
        new RunPaused(4, DateTimeOffset.Parse(At), "demo", ""),
        LedgerJson.Decode(Encoding.UTF8.GetBytes($$$"""{"protocol":1,"kind":"run_paused","body":{"run":"demo","number":4,"at":"{{{At}}}"}}""")));

    [Theory]
    [InlineData("""{"protocol":3,"kind":"run_paused","body":{}}""", "version 3")]
    [InlineData("""{"protocol":1,"kind":"explode","body":{}}""", "explode")]
    [InlineData("""{"protocol":1,"kind":"pause_run","body":{"run":"demo"}}""", "no entry of a ledger")]
    [InlineData("""{"kind":"run_paused","protocol":1,"body":{}}""", "protocol")]
    [InlineData("""{"protocol":1,"kind":"run_paused","body":{"number":4,"at":"2026-11-22T07:00:00Z"}}""", "run")]
    [InlineData("""{"protocol":1,"kind":"run_paused","body":{"number":4,"at":"2026-11-22T07:00:00Z","run":null}}""", "null")]
    [InlineData("""{"protocol":1,"kind":"run_paused","body":{"number":4,"at":"2026-11-22T07:00:00Z","run":"demo","now":true}}""", "now")]
    [InlineData("""{"protocol":1,"kind":"run_paused","body":null}""", "body")]
    [InlineData("""{"protocol":1,"kind":"run_paused","body":{"number":4,"at":"2026-11-22T07:00:00Z","run":"demo"}} {}""", "no entry")]
    [InlineData("[]", "StartObject")]
    [InlineData("", "no entry")]
    public void Decode_ForeignBytes_SaysWhatIsWrong(string text, string expected)
    {
        var refused = Assert.Throws<MessageFormatException>(() => LedgerJson.Decode(Encoding.UTF8.GetBytes(text)));
        Assert.Contains(expected, refused.Message, StringComparison.OrdinalIgnoreCase);
    }
}

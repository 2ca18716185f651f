using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using PretrainCluster.Core.Coordination.Ledger;
using PretrainCluster.Core.Coordination.Messages;

namespace PretrainCluster.Hosting.Codecs;

/// <summary>A message as <c>{"protocol":1,"kind":"worker_ready","body":{...}}</c> in UTF-8. The base library is all it needs.</summary>
public sealed class JsonMessageCodec : IMessageCodec
{
    public string Name => "json";

    public void Encode(Message message, IBufferWriter<byte> to)
    {
        using var writer = new Utf8JsonWriter(to);
        writer.WriteStartObject();
        writer.WriteNumber("protocol", MessageKinds.Protocol);
        writer.WriteString("kind", MessageKinds.KindOf(message.GetType()));
        writer.WritePropertyName("body");
        JsonSerializer.Serialize(writer, message, Contract(message.GetType()));
        writer.WriteEndObject();
    }

    public Message Decode(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var reader = new Utf8JsonReader(bytes.Span);
            Expect(ref reader, JsonTokenType.StartObject);
            NameOf(ref reader, "protocol");
            reader.Read();
            MessageKinds.CheckProtocol(reader.GetInt32());
            NameOf(ref reader, "kind");
            reader.Read();
            var contract = Contract(MessageKinds.TypeOf(reader.GetString() ?? ""));
            NameOf(ref reader, "body");
            reader.Read();
            var message = (Message?)JsonSerializer.Deserialize(ref reader, contract) ?? throw new MessageFormatException("a message without a body");
            Expect(ref reader, JsonTokenType.EndObject);
            return reader.Read() ? throw new MessageFormatException("bytes behind a message's end") : message;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException)
        {
            throw new MessageFormatException($"bytes that are no message: {failure.Message}", failure);
        }
    }

    static void Expect(ref Utf8JsonReader reader, JsonTokenType token)
    {
        if (!reader.Read() || reader.TokenType != token)
            throw new MessageFormatException($"bytes that are no message: {token} is missing");
    }

    static void NameOf(ref Utf8JsonReader reader, string name)
    {
        Expect(ref reader, JsonTokenType.PropertyName);
        if (!reader.ValueTextEquals(name))
            throw new MessageFormatException($"bytes that are no message: \"{name}\" is missing");
    }

    static JsonTypeInfo Contract(Type type) => MessageJson.Default.GetTypeInfo(type) ?? throw new ArgumentException($"{type} is no message of the protocol");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(WorkerReady))]
[JsonSerializable(typeof(Heartbeat))]
[JsonSerializable(typeof(GenerationFormed))]
[JsonSerializable(typeof(ExchangeBroken))]
[JsonSerializable(typeof(AtBoundary))]
[JsonSerializable(typeof(CheckpointWritten))]
[JsonSerializable(typeof(StepsApplied))]
[JsonSerializable(typeof(WorkerNote))]
[JsonSerializable(typeof(WorkerEnded))]
[JsonSerializable(typeof(JoinGeneration))]
[JsonSerializable(typeof(StopAtBoundary))]
[JsonSerializable(typeof(EndWorker))]
[JsonSerializable(typeof(NodeAnnounced))]
[JsonSerializable(typeof(WorkerExited))]
[JsonSerializable(typeof(EvaluationEnded))]
[JsonSerializable(typeof(IntroduceNode))]
[JsonSerializable(typeof(StartWorker))]
[JsonSerializable(typeof(KillWorker))]
[JsonSerializable(typeof(StartEvaluation))]
[JsonSerializable(typeof(StopEvaluation))]
[JsonSerializable(typeof(SubmitRun))]
[JsonSerializable(typeof(ScaleRun))]
[JsonSerializable(typeof(PauseRun))]
[JsonSerializable(typeof(ResumeRun))]
[JsonSerializable(typeof(CancelRun))]
[JsonSerializable(typeof(AskStatus))]
[JsonSerializable(typeof(Accepted))]
[JsonSerializable(typeof(Refused))]
[JsonSerializable(typeof(ClusterStatus))]
[JsonSerializable(typeof(CoordinatorStarted))]
[JsonSerializable(typeof(RunSubmitted))]
[JsonSerializable(typeof(TargetScaled))]
[JsonSerializable(typeof(RunPaused))]
[JsonSerializable(typeof(RunResumed))]
[JsonSerializable(typeof(CancelRequested))]
[JsonSerializable(typeof(GenerationBegun))]
[JsonSerializable(typeof(WorkerRemoved))]
[JsonSerializable(typeof(CheckpointCommitted))]
[JsonSerializable(typeof(EvaluationPlanned))]
[JsonSerializable(typeof(EvaluationDone))]
[JsonSerializable(typeof(RunEnded))]
sealed partial class MessageJson : JsonSerializerContext;

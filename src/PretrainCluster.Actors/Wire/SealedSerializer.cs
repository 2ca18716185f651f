using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace PretrainCluster.Actors.Wire;

/// <summary>The only serializer of the project's own: takes sealed messages as the bytes that they are. No type is ever named, so no message can ask for one.</summary>
public sealed class SealedSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    const string OnlyManifest = "sealed/1";

    public override int Identifier => 7301;

    public override string Manifest(object o) => o is Sealed ? OnlyManifest : throw Unknown(o.GetType().Name);

    public override byte[] ToBinary(object obj) => obj is Sealed message ? message.Bytes.ToArray() : throw Unknown(obj.GetType().Name);

    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        not OnlyManifest => throw Unknown(manifest),
        _ when bytes.Length > Seal.MostBytes => throw new SerializationException($"a message of {bytes.Length} bytes: {Seal.MostBytes} is the most"),
        _ => new Sealed(bytes),
    };

    static SerializationException Unknown(string what) => new($"{what} is no message of this cluster");
}

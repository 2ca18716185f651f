using System.Runtime.Serialization;
using Akka.Configuration;
using Akka.Serialization;

namespace PretrainCluster.Actors.Wire;

/// <summary>Stands where Akka's own fallback would: what neither the project nor Akka itself has a serializer for does not travel, in either direction.</summary>
/// <param name="settings">of the one in whose place it stands</param>
#pragma warning disable CS9113 // Akka hands it over all the same.
public sealed class RefusingSerializer(ExtendedActorSystem system, Config settings) : Serializer(system)
#pragma warning restore CS9113
{
    public override int Identifier => 7302;

    public override bool IncludeManifest => false;

    public override byte[] ToBinary(object obj) => throw new SerializationException($"{obj.GetType()} is no message of this cluster");

    public override object FromBinary(byte[] bytes, Type type) => throw new SerializationException("a message of a serializer that this cluster does not use");
}

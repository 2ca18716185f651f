using System.Collections;
using System.Reflection;
using System.Runtime.Serialization;
using MessagePack;
using MessagePack.Formatters;
using MessagePack.Resolvers;

namespace PretrainCluster.Hosting.Codecs;

/// <summary>
/// How MessagePack reads the protocol's records: by the order of their members, as it does on its own, but all of them, no others, and no null where
/// none may be. On its own it fills what is missing with defaults.
/// </summary>
sealed class MessagePackContracts : IFormatterResolver
{
    /// <summary>Types that a peer could name do not exist: what is read follows from the kind alone.</summary>
    static readonly IFormatterResolver s_plain =
        CompositeResolver.Create(BuiltinResolver.Instance, DynamicEnumResolver.Instance, DynamicGenericResolver.Instance, DynamicObjectResolver.Instance);

    public static MessagePackContracts Resolver { get; } = new();

    public IMessagePackFormatter<T>? GetFormatter<T>() => Cache<T>.Formatter;

    static class Cache<T>
    {
        public static readonly IMessagePackFormatter<T>? Formatter = s_plain.GetFormatter<T>() is { } plain
            ? typeof(T).IsDefined(typeof(DataContractAttribute), inherit: false) ? new Contract<T>(plain) : typeof(T).IsEnum ? new Choice<T>(plain) : plain
            : null;
    }

    sealed class Contract<T>(IMessagePackFormatter<T> plain) : IMessagePackFormatter<T>
    {
        readonly PropertyInfo[] _members = [.. typeof(T).GetProperties().Where(p => p.IsDefined(typeof(DataMemberAttribute)))];
        readonly Required[] _required = Required.Of(typeof(T));

        public void Serialize(ref MessagePackWriter writer, T value, MessagePackSerializerOptions options) => plain.Serialize(ref writer, value, options);

        public T Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options)
        {
            var ahead = reader.CreatePeekReader();
            if (ahead.TryReadNil())
                return plain.Deserialize(ref reader, options);
            var count = ahead.ReadArrayHeader();
            if (count != _members.Length)
                throw new MessagePackSerializationException($"{typeof(T).Name} has {_members.Length} members, not {count}");
            var value = plain.Deserialize(ref reader, options);
            foreach (var member in _required)
            {
                if (!member.IsThere(value!))
                    throw new MessagePackSerializationException($"{typeof(T).Name}.{member.Name} must not be null");
            }
            return value;
        }
    }

    sealed class Choice<T>(IMessagePackFormatter<T> plain) : IMessagePackFormatter<T>
    {
        public void Serialize(ref MessagePackWriter writer, T value, MessagePackSerializerOptions options) => plain.Serialize(ref writer, value, options);

        public T Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options)
        {
            var value = plain.Deserialize(ref reader, options);
            return Enum.IsDefined(typeof(T), value!) ? value : throw new MessagePackSerializationException($"{value} is no {typeof(T).Name}");
        }
    }

    /// <summary>A member that may not be null, or a list that may hold none.</summary>
    sealed record Required(PropertyInfo Property, bool Itself, bool Elements)
    {
        public string Name => Property.Name;

        public static Required[] Of(Type type)
        {
            var context = new NullabilityInfoContext();
            return [.. from property in type.GetProperties()
                       where property.IsDefined(typeof(DataMemberAttribute)) && !property.PropertyType.IsValueType
                       let facts = context.Create(property)
                       let itself = facts.ReadState == NullabilityState.NotNull
                       let elements = facts.GenericTypeArguments is [{ ReadState: NullabilityState.NotNull, Type.IsValueType: false }]
                       where itself || elements
                       select new Required(property, itself, elements)];
        }

        public bool IsThere(object of)
        {
            var value = Property.GetValue(of);
            return value is null ? !Itself : !Elements || ((IEnumerable)value).Cast<object?>().All(element => element is not null);
        }
    }
}

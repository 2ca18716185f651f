using System.Collections;
using System.Reflection;
using MessagePack;
using MessagePack.Formatters;
using MessagePack.Resolvers;

namespace PretrainCluster.Hosting.Codecs;

/// <summary>
/// How MessagePack writes and reads the protocol's records: an array of their members in the order of the constructor's
/// parameters; all of them, no others, and no null where none may be.
/// </summary>
sealed class MessagePackContracts : IFormatterResolver
{
    /// <summary>Types that a peer could name do not exist: what is read follows from the kind alone.</summary>
    static readonly IFormatterResolver s_plain =
        CompositeResolver.Create(BuiltinResolver.Instance, DynamicEnumResolver.Instance, DynamicGenericResolver.Instance);

    public static MessagePackContracts Resolver { get; } = new();

    public IMessagePackFormatter<T>? GetFormatter<T>() => Cache<T>.Formatter;

    /// <summary>Whether a type is one of the protocol's own records.</summary>
    static bool IsRecord(Type type) => type.Assembly == typeof(Message).Assembly && !type.IsEnum;

    static class Cache<T>
    {
        public static readonly IMessagePackFormatter<T>? Formatter = IsRecord(typeof(T)) ? new Contract<T>()
            : typeof(T).IsEnum ? new Choice<T>(s_plain.GetFormatterWithVerify<T>()) : s_plain.GetFormatter<T>();
    }

    sealed class Contract<T> : IMessagePackFormatter<T>
    {
        readonly ConstructorInfo _constructor = typeof(T).GetConstructors().Single();
        readonly Member[] _members;

        public Contract() =>
            _members = [.. _constructor.GetParameters().Select(parameter => Member.Of(typeof(T).GetProperty(parameter.Name!)!))];

        public void Serialize(ref MessagePackWriter writer, T value, MessagePackSerializerOptions options)
        {
            if (value is null)
            {
                writer.WriteNil();
                return;
            }
            writer.WriteArrayHeader(_members.Length);
            foreach (var member in _members)
                member.Write(ref writer, value, options);
        }

        public T Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options)
        {
            if (reader.TryReadNil())
                return default!;
            options.Security.DepthStep(ref reader);
            var count = reader.ReadArrayHeader();
            if (count != _members.Length)
                throw new MessagePackSerializationException($"{typeof(T).Name} has {_members.Length} members, not {count}");
            var values = new object?[count];
            for (var i = 0; i < count; i++)
                values[i] = _members[i].Read(ref reader, options);
            reader.Depth--;
            return (T)_constructor.Invoke(values);
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

    /// <summary>A record's member, and whether it, or an element of it where it is a list, may be null.</summary>
    abstract class Member(PropertyInfo property)
    {
        readonly NullabilityInfo _facts = new NullabilityInfoContext().Create(property);

        protected PropertyInfo Property => property;

        public static Member Of(PropertyInfo property) =>
            (Member)Activator.CreateInstance(typeof(Member<>).MakeGenericType(property.PropertyType), property)!;

        public abstract void Write(ref MessagePackWriter writer, object of, MessagePackSerializerOptions options);

        /// <exception cref="MessagePackSerializationException">The value is null where none may be.</exception>
        public object? Read(ref MessagePackReader reader, MessagePackSerializerOptions options)
        {
            var value = ReadAny(ref reader, options);
            var lacks = value is null ? _facts.ReadState == NullabilityState.NotNull
                : _facts.GenericTypeArguments is [{ ReadState: NullabilityState.NotNull, Type.IsValueType: false }]
                && ((IEnumerable)value).Cast<object?>().Contains(null);
            return !lacks ? value : throw new MessagePackSerializationException(
                $"{Property.ReflectedType!.Name}.{Property.Name} must not be null");
        }

        protected abstract object? ReadAny(ref MessagePackReader reader, MessagePackSerializerOptions options);
    }

    sealed class Member<T>(PropertyInfo member) : Member(member)
    {
        public override void Write(ref MessagePackWriter writer, object of, MessagePackSerializerOptions options) =>
            options.Resolver.GetFormatterWithVerify<T>().Serialize(ref writer, (T)Property.GetValue(of)!, options);

        protected override object? ReadAny(ref MessagePackReader reader, MessagePackSerializerOptions options) =>
            options.Resolver.GetFormatterWithVerify<T>().Deserialize(ref reader, options);
    }
}

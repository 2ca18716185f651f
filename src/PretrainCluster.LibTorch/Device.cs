using System.Globalization;

namespace PretrainCluster.LibTorch;

public static partial class torch
{
    /// <summary>Where a tensor lives: "cpu", "cuda" or "cuda:N".</summary>
    public sealed class Device : IEquatable<Device>
    {
        public DeviceType type { get; }

        /// <summary>-1 stands for the current device of that type.</summary>
        public int index { get; }

        public Device(DeviceType type, int index = -1) => (this.type, this.index) = (type, type == DeviceType.CPU ? -1 : index);

        /// <exception cref="ArgumentException">for a name that is no device</exception>
        public Device(string description)
        {
            var parts = description.Split(':');
            var known = parts[0] switch { "cpu" => DeviceType.CPU, "cuda" => DeviceType.CUDA, _ => (DeviceType?)null };
            var number = -1;
            if (known is null || parts.Length > 2 || (parts.Length == 2 && !(int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < 128)))
                throw new ArgumentException($"'{description}' is no device", nameof(description));
            (type, index) = (known.Value, known == DeviceType.CPU ? -1 : number);
        }

        public static implicit operator Device(string description) => device(description);

        public bool Equals(Device? other) => other is not null && type == other.type && index == other.index;
        public override bool Equals(object? obj) => Equals(obj as Device);
        public override int GetHashCode() => HashCode.Combine(type, index);
        public static bool operator ==(Device? left, Device? right) => left?.Equals(right) ?? right is null;
        public static bool operator !=(Device? left, Device? right) => !(left == right);
        public override string ToString() => type.ToString().ToLowerInvariant() + (index < 0 ? "" : $":{index}");
    }

    public static readonly Device CPU = new(DeviceType.CPU);

    public static Device device(string description) => new(description);

    public static Device device(DeviceType type, int index = -1) => new(type, index);
}

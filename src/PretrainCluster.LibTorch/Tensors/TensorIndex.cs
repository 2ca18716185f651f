namespace PretrainCluster.LibTorch;

public static partial class torch
{
    /// <summary>One index of a tensor: a number, a range, a mask or index tensor, everything, "..." or a new axis.</summary>
    public readonly struct TensorIndex
    {
        internal enum Kind
        {
            All,
            Single,
            Slice,
            Tensor,
            Ellipsis,
            NewAxis,
        }

        internal Kind What { get; private init; }
        internal long? Start { get; private init; }
        internal long? Stop { get; private init; }
        internal long Step { get; private init; }
        internal Tensor? Indices { get; private init; }

        /// <summary>start:stop:step as in Python; negative numbers count from the end.</summary>
        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new() { What = Kind.Slice, Start = start, Stop = stop, Step = step ?? 1 };

        public static TensorIndex Single(long? index) => new() { What = Kind.Single, Start = index ?? throw new ArgumentNullException(nameof(index)) };
        public static TensorIndex Tensor(Tensor tensor) => new() { What = Kind.Tensor, Indices = tensor };
        public static TensorIndex Ellipsis => new() { What = Kind.Ellipsis };
        public static TensorIndex Null => new() { What = Kind.NewAxis };
        public static TensorIndex None => Null;
        public static TensorIndex Colon => Slice();

        public static implicit operator TensorIndex(long value) => Single(value);
        public static implicit operator TensorIndex(int value) => Single(value);
        public static implicit operator TensorIndex(Tensor tensor) => Tensor(tensor);
        public static implicit operator TensorIndex(Range range) => Slice(Edge(range.Start, false), Edge(range.End, true));

        static long? Edge(Index index, bool end) => !index.IsFromEnd ? index.Value : end && index.Value == 0 ? null : -index.Value;
    }
}

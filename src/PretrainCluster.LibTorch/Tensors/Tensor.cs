using PretrainCluster.LibTorch.Interop;

namespace PretrainCluster.LibTorch;

public static partial class torch
{
    /// <summary>A handle of a libtorch tensor. It belongs to the dispose scope it was made in, or to whoever holds it; the finalizer is only the last resort.</summary>
    public unsafe partial class Tensor : IDisposable
    {
        static long s_total, s_peak;

        nint _handle;

        internal Tensor(nint handle)
        {
            _handle = handle;
            if (handle == 0)
                GC.SuppressFinalize(this);
            else
                Count();
            DisposeScope.Current?.Include(this);
        }

        /// <summary>Takes over another tensor's handle and leaves that one empty.</summary>
        private protected Tensor(Tensor source)
        {
            _handle = source.Handle;
            source._handle = 0;
            source.OwningScope?.Forget(source);
            GC.SuppressFinalize(source);
        }

        ~Tensor() => Release();

        /// <summary>Handles alive in this process, on all threads.</summary>
        public static long TotalCount => Interlocked.Read(ref s_total);

        public static long PeakCount => Interlocked.Read(ref s_peak);

        internal DisposeScope? OwningScope { get; set; }

        public nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(Tensor), "This tensor was disposed, by hand or by the dispose scope it was made in (MoveToOuterDisposeScope keeps it).");

        public bool IsInvalid => _handle == 0;

        public void Dispose()
        {
            OwningScope?.Forget(this);
            OwningScope = null;
            Release();
            GC.SuppressFinalize(this);
        }

        public Tensor MoveToOuterDisposeScope()
        {
            OwningScope?.MoveToOuter(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(DisposeScope? scope)
        {
            OwningScope?.Forget(this);
            OwningScope = null;
            scope?.Include(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.OwningScope);

        public Tensor DetachFromDisposeScope() => MoveToOtherDisposeScope((DisposeScope?)null);

        /// <summary>A second handle of the same tensor, gradient history included.</summary>
        public Tensor alias() => new(NativeMethods.pretrain_share(Handle));

        /// <summary>Takes over the handle of <paramref name="replacement"/>; whoever holds this object holds the new tensor from now on.</summary>
        internal void Become(Tensor replacement)
        {
            (_handle, replacement._handle) = (replacement.Handle, _handle);
            replacement.Dispose();
        }

        static void Count()
        {
            var now = Interlocked.Increment(ref s_total);
            var peak = Interlocked.Read(ref s_peak);
            while (now > peak)
                peak = Interlocked.CompareExchange(ref s_peak, now, peak) is var seen && seen == peak ? now : seen;
        }

        void Release()
        {
            var handle = Interlocked.Exchange(ref _handle, 0);
            if (handle == 0)
                return;
            NativeMethods.pretrain_release(handle);
            Interlocked.Decrement(ref s_total);
        }
    }
}

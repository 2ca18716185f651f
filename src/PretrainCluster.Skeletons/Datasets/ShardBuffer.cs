using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Text;
using PretrainCluster.Artifacts.SafeTensors;

namespace PretrainCluster.Skeletons.Datasets;

/// <summary>The clips of a shard that is being filled.</summary>
sealed class ShardBuffer(int persons, int joints, CoordinateType coordinates)
{
    readonly ArrayBufferWriter<byte> _joints = new(), _names = new();
    readonly List<long> _offsets = [0], _nameOffsets = [0];
    readonly List<int> _labels = [], _subjects = [], _views = [], _setups = [];

    public int Clips => _labels.Count;
    public long Frames => _offsets[^1];
    public long Bytes => _joints.WrittenCount;

    int ElementBytes => coordinates == CoordinateType.Float16 ? 2 : 4;

    public long BytesOf(Clip clip) => (long)clip.Frames * persons * joints * 3 * ElementBytes;

    public void Add(Clip clip)
    {
        var perPerson = joints * 3;
        var destination = _joints.GetSpan((int)BytesOf(clip))[..(int)BytesOf(clip)];
        if (clip.Persons < persons)
            destination.Clear();
        for (var frame = 0; frame < clip.Frames; frame++)
        {
            var values = clip.Positions.AsSpan(frame * clip.Persons * perPerson, clip.Persons * perPerson);
            var row = destination.Slice(frame * persons * perPerson * ElementBytes, values.Length * ElementBytes);
            if (coordinates == CoordinateType.Float16)
                TensorPrimitives.ConvertToHalf(values, MemoryMarshal.Cast<byte, Half>(row));
            else
                MemoryMarshal.AsBytes(values).CopyTo(row);
        }
        _joints.Advance(destination.Length);
        _offsets.Add(Frames + clip.Frames);
        _labels.Add(clip.Label);
        _subjects.Add(clip.Subject);
        _views.Add(clip.View);
        _setups.Add(clip.Setup);
        Encoding.UTF8.GetBytes(clip.Name, _names);
        _nameOffsets.Add(_names.WrittenCount);
    }

    public void WriteTo(string path)
    {
        var coordinateType = coordinates == CoordinateType.Float16 ? TensorType.F16 : TensorType.F32;
        SafeTensorsWriter.WriteFile(path,
        [
            (ShardTensors.Offsets, TensorType.I64, [_offsets.Count], Raw(_offsets)),
            (ShardTensors.IdOffsets, TensorType.I64, [_nameOffsets.Count], Raw(_nameOffsets)),
            (ShardTensors.Labels, TensorType.I32, [Clips], Raw(_labels)),
            (ShardTensors.Subjects, TensorType.I32, [Clips], Raw(_subjects)),
            (ShardTensors.Views, TensorType.I32, [Clips], Raw(_views)),
            (ShardTensors.Setups, TensorType.I32, [Clips], Raw(_setups)),
            (ShardTensors.Joints, coordinateType, [Frames, persons, joints, 3], _joints.WrittenMemory),
            (ShardTensors.IdBytes, TensorType.U8, [_names.WrittenCount], _names.WrittenMemory),
        ]);
    }

    public void Clear()
    {
        _joints.ResetWrittenCount();
        _names.ResetWrittenCount();
        _offsets.RemoveRange(1, _offsets.Count - 1);
        _nameOffsets.RemoveRange(1, _nameOffsets.Count - 1);
        _labels.Clear();
        _subjects.Clear();
        _views.Clear();
        _setups.Clear();
    }

    static ReadOnlyMemory<byte> Raw<T>(List<T> values) where T : unmanaged =>
        MemoryMarshal.AsBytes<T>(CollectionsMarshal.AsSpan(values)).ToArray();
}

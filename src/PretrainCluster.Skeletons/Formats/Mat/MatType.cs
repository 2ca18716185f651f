namespace PretrainCluster.Skeletons.Formats.Mat;

/// <summary>What a data element holds (table 1-1 of "MAT-File Format").</summary>
enum MatType : uint
{
    Int8 = 1,
    UInt8 = 2,
    Int16 = 3,
    UInt16 = 4,
    Int32 = 5,
    UInt32 = 6,
    Single = 7,
    Double = 9,
    Int64 = 12,
    UInt64 = 13,
    Matrix = 14,
    Compressed = 15,
}

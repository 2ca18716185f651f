namespace PretrainCluster.Skeletons.Datasets;

/// <summary>How coordinates are stored. Half precision has steps of 2 mm at 3 m, well below a depth camera's noise, and halves what is read.</summary>
public enum CoordinateType
{
    Float32,
    Float16,
}

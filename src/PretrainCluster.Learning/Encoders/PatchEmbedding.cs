namespace PretrainCluster.Learning.Encoders;

/// <summary>
/// The public code's strided convolution over (frames, joints), computed as one product over patches, so that masked tokens need not be embedded.
/// <c>proj.weight</c> keeps the convolution's shape [width, 3, patch frames, patch joints].
/// </summary>
sealed class PatchEmbedding : nn.Module
{
    readonly Conv2d proj;

    public PatchEmbedding(TokenGrid grid, int width) : base(nameof(PatchEmbedding))
    {
        proj = nn.Conv2d(3, width, (grid.PatchFrames, grid.PatchJoints), stride: (grid.PatchFrames, grid.PatchJoints));
        RegisterComponents();
    }

    /// <param name="patches">[n, tokens, values] of <see cref="TokenGrid.Split"/></param>
    /// <returns>[n, tokens, width]</returns>
    public Tensor Forward(Tensor patches)
    {
        var weight = proj.weight!;
        return nn.functional.linear(patches, weight.permute(0, 2, 3, 1).reshape(weight.shape[0], -1), proj.bias);
    }
}

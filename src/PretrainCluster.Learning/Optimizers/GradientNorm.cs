namespace PretrainCluster.Learning.Optimizers;

/// <summary>The Euclidean norm of the whole gradient, and its limit.</summary>
public static class GradientNorm
{
    const double Epsilon = 1e-6;

    /// <summary>The norm over all gradients as one vector: the norm of the tensors' norms, as torch.nn.utils.clip_grad_norm_ has it.</summary>
    public static double Of(IReadOnlyList<Tensor> gradients)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        return stack([.. gradients.Select(gradient => gradient.norm())]).norm().item<float>();
    }

    /// <summary>Scales all gradients in place so that their norm is at most <paramref name="largest"/>; 0 leaves them as they are.</summary>
    /// <returns>the norm before</returns>
    public static double Clip(IReadOnlyList<Tensor> gradients, double largest)
    {
        var norm = Of(gradients);
        var factor = (float)largest / ((float)norm + (float)Epsilon);
        if (largest == 0 || factor >= 1)
            return norm;
        using var _ = no_grad();
        foreach (var gradient in gradients)
            gradient.mul_(factor);
        return norm;
    }

    /// <summary>As <see cref="Clip(IReadOnlyList{Tensor}, double)"/>, or the same for the norm of each gradient on its own.</summary>
    /// <returns>the norm of the whole before</returns>
    public static double Clip(IReadOnlyList<Tensor> gradients, double largest, GradientClip clip)
    {
        if (clip == GradientClip.Global)
            return Clip(gradients, largest);
        var norm = Of(gradients);
        foreach (var gradient in gradients)
            Clip([gradient], largest);
        return norm;
    }
}

namespace PretrainCluster.Learning.Objectives;

/// <summary>What Hi-TRS's tasks draw for the persons of a micro-batch.</summary>
/// <param name="Sources">[n, frames * joints] the joint that is shown in a joint's place</param>
/// <param name="Tokens">[n, frames * joints, 1] 1 where a token is shown, else 0</param>
/// <param name="Masked">[n, frames * joints, 1] 1 where a joint is predicted, else 0</param>
/// <param name="Swapped">[n, 2, frames of a window] a window as it is, and with two frames changed</param>
/// <param name="Moving">[n] 1 where anything moves in it, else 0</param>
/// <param name="Order">[n, windows but the last] two of them changed</param>
readonly record struct HierarchicalChoice(Tensor Sources, Tensor Tokens, Tensor Masked, Tensor Swapped, Tensor Moving, Tensor Order)
{
    const double MaskRatio = 0.15, TokenShare = 0.8, OtherShare = 0.1;

    /// <param name="persons">[n, frames, joints, 3]</param>
    public static HierarchicalChoice Draw(Tensor persons, FrameWindows windows, ref CounterRandom random)
    {
        var (n, frames, joints) = ((int)persons.shape[0], (int)persons.shape[1], (int)persons.shape[2]);
        var size = frames * joints;
        var (sources, tokens, masked) = (new long[n * size], new float[n * size], new float[n * size]);
        var (candidates, before) = ((windows with { Stride = 1 }).Cut(), windows.Cut().Count - 1);
        var (swapped, moving, order) = (new long[n * 2 * windows.Size], new float[n], new long[n * before]);
        var moves = Moves(persons, windows);
        for (var person = 0; person < n; person++)
        {
            for (var i = 0; i < size; i++)
                Mask(i, frames, joints, ref sources[person * size + i], ref tokens[person * size + i], ref masked[person * size + i], ref random);

            var ofPerson = moves[person];
            int[][] moved = [.. candidates.Where(window => window.Any(frame => ofPerson[frame]))];
            moving[person] = moved.Length > 0 ? 1 : 0;
            var chosen = moved.Length > 0 ? moved[random.Next(moved.Length)] : candidates[0];
            int[] positions = Swap(windows.Size, ref random);
            for (var i = 0; i < windows.Size; i++)
            {
                swapped[2 * person * windows.Size + i] = chosen[i];
                swapped[(2 * person + 1) * windows.Size + i] = chosen[positions[i]];
            }

            int[] places = Swap(before, ref random);
            for (var i = 0; i < before; i++)
                order[person * before + i] = places[i];
        }
        return new HierarchicalChoice(On(tensor(sources, [n, size])), On(tensor(tokens, [n, size, 1])), On(tensor(masked, [n, size, 1])),
            On(tensor(swapped, [n, 2, windows.Size])), On(tensor(moving)), On(tensor(order, [n, before])));

        Tensor On(Tensor drawn) => drawn.to(persons.device);
    }

    /// <summary>As BERT masks words (Devlin et al., NAACL 2019): of what is predicted, most is hidden, some shown as another joint of another frame, and some as it is.</summary>
    static void Mask(int joint, int frames, int joints, ref long source, ref float token, ref float masked, ref CounterRandom random)
    {
        source = joint;
        if (random.NextDouble() >= MaskRatio)
            return;
        masked = 1;
        var share = random.NextDouble();
        if (share < TokenShare)
            token = 1;
        else if (share < TokenShare + OtherShare && frames > 1 && joints > 1)
            source = Other(joint / joints, frames, ref random) * joints + Other(joint % joints, joints, ref random);
    }

    static int Other(int than, int count, ref CounterRandom random) => random.Next(count - 1) is var drawn && drawn >= than ? drawn + 1 : drawn;

    /// <summary>The numbers below <paramref name="count"/>, two of which, no neighbours where there are more than two, have changed places.</summary>
    static int[] Swap(int count, ref CounterRandom random)
    {
        int[] places = [.. Enumerable.Range(0, count)];
        int first, second;
        do
            (first, second) = (random.Next(count), random.Next(count));
        while (Math.Abs(first - second) < Math.Min(2, count - 1));
        (places[first], places[second]) = (second, first);
        return places;
    }

    /// <summary>Of each person, whether anything moves from the frame before to this one; in empty frames and the first it does not.</summary>
    static bool[][] Moves(Tensor persons, FrameWindows windows)
    {
        using var _ = no_grad();
        var steps = windows.Frames - 1;
        var change = (persons.narrow(1, 1, steps) - persons.narrow(1, 0, steps)).abs().amax([2, 3]).to(ScalarType.Float32).cpu().data<float>().ToArray();
        var moves = new bool[persons.shape[0]][];
        for (var person = 0; person < moves.Length; person++)
        {
            moves[person] = new bool[windows.PaddedFrames];
            for (var step = 0; step < steps; step++)
                moves[person][windows.Padding + 1 + step] = change[person * steps + step] > 0;
        }
        return moves;
    }
}

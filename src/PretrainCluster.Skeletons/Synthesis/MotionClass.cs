namespace PretrainCluster.Skeletons.Synthesis;

/// <summary>How one repetition of a motion is carried out.</summary>
/// <param name="Size">Multiple of the usual extent.</param>
/// <param name="Cycles">How often a rhythmic motion swings.</param>
/// <param name="Skew">Where the middle of the motion lies, as an offset of its phase.</param>
readonly record struct MotionStyle(double Size, int Cycles, double Skew);

/// <summary>Adds a motion to a posture.</summary>
/// <param name="phase">0 when it begins, 1 when it has ended; the posture is the one before at both.</param>
/// <param name="style">How this repetition differs.</param>
/// <param name="pose">Changed in place.</param>
delegate void MotionPattern(double phase, MotionStyle style, BodyPose pose);

/// <summary>A class of motions.</summary>
/// <param name="Name">The class's name.</param>
/// <param name="Seconds">Usual duration of one repetition.</param>
/// <param name="Pattern">What the body does.</param>
sealed record MotionClass(string Name, double Seconds, MotionPattern Pattern);

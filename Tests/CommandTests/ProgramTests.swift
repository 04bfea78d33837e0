import Testing

/// The built program, run as a user runs it. One at a time: each run uses all cores.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ProgramTests {}

import Pipeline
import Testing

@testable import yolact_video

/// The command line on pages.
@Suite struct ReportOriginTests {
    @Test func wordsAreQuotedForAShell() {
        #expect(
            ReportOrigin.command(["/usr/bin/yolact-video", "stability", "clip.mp4", "-o", "a.html"])
                == "yolact-video stability clip.mp4 -o a.html")
        #expect(
            ReportOrigin.command(["yolact-video", "my clip.mp4", "it's", "", "a;b", "$HOME", "été"])
                == "yolact-video 'my clip.mp4' 'it'\\''s' '' 'a;b' '$HOME' été")
    }

    @Test func secretsAreMasked() {
        let command = ReportOrigin.command([
            "yolact-video", "stream", "door=rtsp://user:SECRET@127.0.0.1/live",
            "http://127.0.0.1/x?token=SECRET&b=1", "-o", "rtmp://127.0.0.1/app/SECRET",
        ])
        #expect(!command.contains("SECRET"))
        #expect(command.contains("@127.0.0.1/live"))
    }

    @Test func theProgramIsTold() {
        #expect(ReportOrigin.current.program.hasPrefix("yolact-video \(Version.current)"))
        #expect(!ReportOrigin.current.command.isEmpty)
    }
}

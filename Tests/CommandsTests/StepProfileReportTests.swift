import Commands
import Tensors
import Testing
import TurboMind

@Suite struct StepProfileReportTests {
    @Test func whatCostsMostComesFirst() {
        var profile = StepProfile()
        profile.steps = 2
        profile.rows = 8
        profile.computing = .milliseconds(6)
        profile.sampling = .milliseconds(3)
        profile.encoding = .milliseconds(1)
        #expect(
            StepProfileReport.text(profile, name: "steps without", threads: 2) == """
                steps without: 2 steps of 4.0 rows, 5.000 ms each
                operation                   times     ms   share  encoding  waiting
                waking and joining threads      1  3.000  60.0 %
                sampling                        1  1.500  30.0 %
                filling buffers                 1  0.500  10.0 %
                scheduling                      1  0.000   0.0 %
                delivering tokens               1  0.000   0.0 %
                memory for later steps          1  0.000   0.0 %

                """)
    }

    @Test func withoutStepsThereIsNothingToSay() {
        #expect(StepProfileReport.text(StepProfile(), name: "steps without", threads: 2).isEmpty)
    }
}

import Evaluation
import JSON
import Testing

@Suite struct QualityReportTests {
    /// Two layers of two linear layers each, and a head.
    static let report = QualityReport(
        model: "Tiny <b>&\"Co\"", method: "awq", bits: 4, groupSize: 128, bitsPerWeight: 4.25,
        bytesBefore: 269_060_552, bytesAfter: 98_566_144,
        settings: [.init("search", "20 ratios"), .init("clip <x>", "on")],
        calibration: .init(source: "self", samples: 128, tokens: 65536), measuredOn: "text & more.txt",
        measurements: [
            .init("before", perplexity: 16.55, standardError: 0.31),
            .init(
                "after", perplexity: 17.2, standardError: 0.33,
                divergence: .init(
                    mean: 0.0213, median: 0.0101, percentile99: 0.153, maximum: 1.7, top1Agreement: 0.9134)),
            .init("rtn <i>"),
        ],
        linears: [
            .init(name: "model.layers.0.self_attn.q_proj", layer: 0, relativeError: 0.01, loss: 0.5),
            .init(name: "model.layers.0.mlp.down_proj.weight", layer: 0, relativeError: 0.09),
            .init(name: "model.layers.1.self_attn.q_proj", layer: 1, relativeError: 0.02, loss: 1e-9),
            .init(name: "model.layers.1.mlp.down_proj.weight", layer: 1, relativeError: 0.25),
            .init(name: "lm_head", layer: nil, relativeError: 0.5),
        ],
        timings: [.init("calibrating", seconds: 12.34), .init("searching", seconds: 200)],
        notes: ["Layer <1> kept 16 bits."])

    @Test func theTextShowsFactsMeasurementsAndTheWorst() {
        #expect(
            Self.report.text == """
                model        Tiny <b>&"Co"
                method       awq
                weights      4 bits, groups of 128, 4.25 bits per weight in all
                size         256.6 MiB -> 94.0 MiB (36.6 %)
                search       20 ratios
                clip <x>     on
                calibration  self, 128 samples, 65536 tokens
                time         3:32 min: calibrating 12 s, searching 3:20 min

                model        perplexity  KL mean   median    99 %  largest  same top token
                before   16.550 ± 0.310        -        -       -        -               -
                after    17.200 ± 0.330  0.02130  0.01010  0.1530    1.700          91.3 %
                rtn <i>               -        -        -       -        -               -
                measured on text & more.txt

                worst layers                         relative error    loss
                lm_head                                      0.5000       -
                model.layers.1.mlp.down_proj.weight          0.2500       -
                model.layers.0.mlp.down_proj.weight         0.09000       -
                model.layers.1.self_attn.q_proj             0.02000  1.0e-9
                model.layers.0.self_attn.q_proj             0.01000  0.5000

                Layer <1> kept 16 bits.

                """)
    }

    @Test func theShortestReportHasNoEmptyParts() {
        let report = QualityReport(
            model: "m\u{1B}[31m\nx", method: "rtn", bits: 8, groupSize: nil, bitsPerWeight: 8.02,
            bytesBefore: 0, bytesAfter: 0)
        #expect(
            report.text == """
                model    m\u{FFFD}[31m\u{FFFD}x
                method   rtn
                weights  8 bits, one scale for each row, 8.02 bits per weight in all
                size     0 B -> 0 B

                """)
        #expect(!report.html.contains("<h2>Quality"))
        #expect(!report.html.contains("<svg class=\"lines\""))
    }

    @Test func tenOfTheWorstAreShownAndNoNumberIsWorst() {
        var report = Self.report
        report.linears = (0..<30).map {
            .init(name: "model.layers.\($0).up_proj", layer: $0, relativeError: Double($0 % 7))
        }
        report.linears[3].relativeError = .nan
        report.linears[4].relativeError = .infinity
        #expect(
            report.worstLinears.map(\.layer) == [3, 4, 6, 13, 20, 27, 5, 12, 19, 26])
        #expect(report.html.contains("<polyline"))
        #expect(!report.html.contains("nan") && !report.html.contains("inf,"))
    }

    @Test func theJSONHoldsEverything() throws {
        let root = try #require(try JSONDocument(Array(Self.report.json.utf8)).root.members)
        func text(_ node: JSONNode?, _ name: String) -> String? { node?.members?[name]?.text?.string }
        func number(_ node: JSONNode?, _ name: String) -> Double? { node?.members?[name]?.double }
        #expect(root["model"]?.text?.string == "Tiny <b>&\"Co\"")
        #expect(root["bits"]?.double == 4)
        #expect(root["group_size"]?.double == 128)
        #expect(root["bits_per_weight"]?.double == 4.25)
        #expect(root["bytes_after"]?.double == 98_566_144)
        #expect(text(root["settings"], "clip <x>") == "on")
        #expect(number(root["calibration"], "tokens") == 65536)
        let measurements = try #require(root["measurements"]?.elements).map(\.self)
        #expect(measurements.map { text($0, "name") } == ["before", "after", "rtn <i>"])
        #expect(number(measurements[1], "perplexity") == 17.2)
        let divergence = measurements[1].members?["kl_divergence"]
        #expect(number(divergence, "percentile99") == 0.153)
        #expect(number(divergence, "top1_agreement") == 0.9134)
        #expect(measurements[2].members?["perplexity"]?.isNull == true)
        let linears = try #require(root["linears"]?.elements).map(\.self)
        #expect(linears.count == 5)
        #expect(number(linears[2], "loss") == 1e-9)
        #expect(linears[4].members?["layer"]?.isNull == true)
        #expect(root["timings"]?.elements?.count == 2)
        #expect(root["notes"]?.elements?.first?.text?.string == "Layer <1> kept 16 bits.")
    }

    @Test func theJSONIsValidWhateverTheReportHolds() throws {
        var report = Self.report
        report.model = "quote \" backslash \\ tab \t line \n bell \u{7} delete \u{7F} \u{1F600}"
        report.bitsPerWeight = .nan
        report.measurements = [.init("x", perplexity: .infinity)]
        report.settings = []
        report.calibration = nil
        report.linears = []
        report.groupSize = nil
        let root = try #require(try JSONDocument(Array(report.json.utf8)).root.members)
        #expect(root["model"]?.text?.string == report.model)
        #expect(root["bits_per_weight"]?.isNull == true)
        #expect(root["group_size"]?.isNull == true)
        #expect(root["calibration"]?.isNull == true)
        #expect(root["linears"]?.elements?.isEmpty == true)
    }

    @Test func thePageShowsTheReport() {
        let html = Self.report.html
        for part in [
            "36.6 %", "16.550 ± 0.310", "0.02130", "+3.93 %", "91.3 %", "256.6 MiB",
            "<title>model.layers.1.mlp.down_proj.weight: 0.2500</title>", "model.layers.0.self_attn.q_proj",
            "20 ratios", "3:32 min", "prefers-color-scheme: dark", "width=device-width",
        ] {
            #expect(html.contains(part), "\(part)")
        }
        // A line for each kind of linear layer that is in a layer, and its name in the legend.
        #expect(html.ranges(of: "<polyline").count == 2)
        #expect(html.contains("<span class=\"color0\">q_proj</span>"))
        #expect(html.contains("<span class=\"color1\">down_proj</span>"))
        // Sizes, perplexities, mean and 99th percentile of KL.
        #expect(html.ranges(of: "<figure>").count == 4)
    }

    @Test func thePageEscapesTextAndNeedsNothingFromElsewhere() {
        let html = Self.report.html
        #expect(html.contains("Tiny &lt;b&gt;&amp;&quot;Co&quot;"))
        for raw in ["<b>&", "rtn <i>", "clip <x>", "<1>", "text & more", "\"Co\""] {
            #expect(!html.contains(raw), "\(raw)")
        }
        for request in ["http:", "https:", "//", "<script", "<link", "<img", "url(", "@import", "src="] {
            #expect(!html.contains(request), "\(request)")
        }
        #expect(html.contains("default-src 'none'"))
        let opened = html.ranges(of: "<svg").count
        #expect(opened == 5 && html.ranges(of: "</svg>").count == opened)
    }

    @Test func linearsOfAKindInOneLayerShareAPoint() {
        var report = Self.report
        report.linears = (0..<4).map {
            .init(name: "model.layers.0.experts.\($0).up_proj", layer: 0, relativeError: 0.1 * Double($0))
        }
        let html = report.html
        #expect(html.ranges(of: "<circle").count == 1)
        #expect(html.contains("<title>model.layers.0.experts.3.up_proj: 0.3000</title>"))
    }
}

import Testing
import TurboMind

@Suite struct StepCostModelTests {
    @Test func knowsNothingAtFirst() {
        #expect(StepCostModel().prefillBudget(beside: 4) == nil)
    }

    @Test func boundsAStepByWhatDecodingCosts() throws {
        var model = StepCostModel()
        for _ in 0..<20 { model.note(decodeRows: 32, prefillRows: 0, seconds: 0.050) }
        for _ in 0..<20 { model.note(decodeRows: 32, prefillRows: 40, seconds: 0.090) }
        // A row of a prompt adds a millisecond; a step may take twice 50 ms.
        let budget = try #require(model.prefillBudget(beside: 32))
        #expect((48...51).contains(budget))
    }

    @Test func promptsAloneTeachWhatARowCosts() throws {
        var model = StepCostModel()
        for _ in 0..<20 { model.note(decodeRows: 0, prefillRows: 500, seconds: 0.5) }
        #expect(model.prefillBudget(beside: 8) == nil)
        for _ in 0..<20 { model.note(decodeRows: 8, prefillRows: 0, seconds: 0.040) }
        let few = try #require(model.prefillBudget(beside: 8))
        let many = try #require(model.prefillBudget(beside: 32))
        #expect((38...41).contains(few))
        #expect(many > few)
    }

    @Test func aPromptAlwaysGoesOn() throws {
        var model = StepCostModel()
        model.note(decodeRows: 1, prefillRows: 0, seconds: 0.001)
        model.note(decodeRows: 1, prefillRows: 10, seconds: 1)
        #expect(try #require(model.prefillBudget(beside: 1)) == 8)
    }
}

package import Tensors

/// `down(silu(gate(x)) * up(x))` (Shazeer 2020, SwiGLU). Gate and up are one fused matrix.
package struct GatedMLP: Sendable {
    package let norm: RMSNorm
    package let gateUp: Linear
    package let down: Linear

    package init(norm: RMSNorm, gateUp: Linear, down: Linear) {
        self.norm = norm
        self.gateUp = gateUp
        self.down = down
    }

    package func encode(into stream: inout CommandStream, step: StepContext) {
        gateUp.encode(
            into: &stream, prologue: norm.prologue, input: step.hidden, output: step.gateUp, rows: step.rows)
        down.encode(
            into: &stream, prologue: .siluMul, input: step.gateUp, output: step.hidden, accumulate: true,
            rows: step.rows)
    }
}

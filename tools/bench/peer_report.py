"""Tables of what peers.py measured."""

import statistics


def spread(values: list[float]) -> str:
    if len(values) == 1:
        return ""
    return f"{min(values):.2f} to {max(values):.2f}"


def ratio(sample: dict) -> float:
    return statistics.mean(sample["ours"]) / sample["peer"]


def cell_rows(cell: str, samples: list[dict]) -> list[list[str]]:
    """One row for each peer, and the ratio to the fastest of them."""
    rows, ratios = [], {}
    for peer in dict.fromkeys(sample["engine"] for sample in samples):
        own = [sample for sample in samples if sample["engine"] == peer]
        values = [ratio(sample) for sample in own]
        ratios[peer] = statistics.median(values)
        rows.append([
            cell, peer, f"{statistics.median(statistics.mean(sample['ours']) for sample in own):.1f}",
            f"{statistics.median(sample['peer'] for sample in own):.1f}", f"{ratios[peer]:.2f}",
            spread(values), str(len(own)),
        ])  # fmt: skip
    if len(rows) > 1:
        best = min(ratios, key=ratios.get)
        rows.append([cell, f"best: {best}", "", "", f"{ratios[best]:.2f}", "", ""])
    return rows


def table(rows: list[list[str]]) -> str:
    header = ["cell", "peer", "ours tok/s", "peer tok/s", "ours/peer", "spread", "samples"]
    rows = [header, ["---", "---", *["---:"] * 5], *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    lines = []
    for row in rows:
        cells = [
            text.ljust(width) if column < 2 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths))
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


CEILINGS = [
    ("memory read", "memory_read_gigabytes_per_second", "GB/s"),
    ("int8 dot", "int8_dot_gops", "GOPS"),
    ("bf16 dot", "bf16_dot_gflops", "GFLOPS"),
    ("fp32", "fp32_gflops", "GFLOPS"),
]


def ceilings_line(runs: list[dict]) -> str:
    """Each ceiling with all threads, from the lowest to the highest of what was measured around the runs."""
    reports = [report for run in runs for report in run["ceilings"]]
    parts = []
    for label, key, unit in CEILINGS:
        values = [report[key]["all_threads"] for report in reports if report.get(key)]
        if values:
            parts.append(f"{label} {min(values):.0f} to {max(values):.0f} {unit}")
    first = reports[0]
    machine = f"{first['processor']}, {first['instruction_set']}, {first['threads']} threads"
    return f"Ceilings before and after ({machine}): " + ", ".join(parts)


def text(runs: list[dict]) -> str:
    """Every model's table; runs of the same name and engine of ours are one."""
    parts = []
    for label in dict.fromkeys(run["name"] for run in runs):
        own = [run for run in runs if run["name"] == label]
        samples = [sample for run in own for sample in run["samples"]]
        cells = sorted(
            dict.fromkeys(sample["cell"] for sample in samples),
            key=lambda cell: (cell.startswith("decode"), len(cell), cell),
        )
        rows = [row for cell in cells for row in cell_rows(cell, [s for s in samples if s["cell"] == cell])]
        parts.append(f"{label}\n\n{table(rows)}\n\n{ceilings_line(own)}")
        versions = {name: version for run in own for name, version in run["versions"].items()}
        if versions:
            parts.append("Versions: " + "; ".join(f"{name} {version}" for name, version in versions.items()))
        measured = {sample["engine"] for sample in samples}
        left_out = {name: reason for run in own for name, reason in run["left_out"].items()}
        reasons = [f"{name}: {reason}" for name, reason in left_out.items() if name not in measured]
        if reasons:
            parts.append("Left out:\n" + "\n".join(f"- {reason}" for reason in reasons))
    return "\n\n".join(parts)

#!/usr/bin/env python3
"""Assembles PTX with NVIDIA's ptxas and tells what became of it: registers, spills, groups of 128 threads that a multiprocessor holds; of
the main loop products (of a tile's kernel without tensor cores fused multiply-adds), instructions, and how many of those a step runs that copies whole chunks of one source; and the program's instructions.

Needs ptxas and nvdisasm of a CUDA toolkit (12 or later), on the path or named by --ptxas and --nvdisasm, and no GPU:

    stunet doctor --ptx folder [--kernels NAME] && benchmarks/gpu/assemble.py folder
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# Of an H100: registers and shared memory of a multiprocessor, what a group takes beside its own, groups at most, registers are given by the warp in eights.
REGISTERS, SHARED, SHARED_OF_GROUP, GROUPS = 65536, 228 * 1024, 1024, 32
THREADS = 128

# A thread of the smallest tile without tensor cores has 32 sums of 16 products a step.
FEWEST_OF_TILE = 512


def assemble(ptx, arguments, folder):
    """ptxas' report of one file and its machine code, or its errors."""
    cubin = pathlib.Path(folder) / (ptx.stem + ".cubin")
    done = subprocess.run([arguments.ptxas, f"-arch={arguments.arch}", "-v", "-o", cubin, ptx], capture_output=True, text=True)
    report = done.stdout + done.stderr
    if done.returncode != 0:
        return ptx.stem, None, report
    code = subprocess.run([arguments.nvdisasm, "-c", cubin], capture_output=True, text=True, check=True).stdout
    return ptx.stem, report, code


def number(pattern, text):
    match = re.search(pattern, text)
    return int(match[1]) if match else 0


def parsed(code):
    """Instructions, and the place of every label among them."""
    instructions, labels = [], {}
    for line in code.splitlines():
        if match := re.match(r"^(\.L_\S+):", line):
            labels[match[1]] = len(instructions)
        elif match := re.search(r"/\*[0-9a-f]{4,}\*/\s+(.*?);", line):
            instructions.append(match[1].strip())
    return instructions, labels


def products(instructions):
    """Matrix products; without one fused multiply-adds, if they are as many as no loop but a tile's has."""
    multiplied = sum("HMMA" in one for one in instructions) or sum("FFMA" in one for one in instructions)
    return multiplied if multiplied >= FEWEST_OF_TILE or any("HMMA" in one for one in instructions) else 0


def main_loop(instructions, labels):
    """First and last instruction of the shortest loop with products; None without one."""
    found = []
    for end, instruction in enumerate(instructions):
        begin = target(instruction, labels, end + 1)
        if begin <= end and products(instructions[begin:end + 1]):
            found.append((begin, end))
    return min(found, key=lambda loop: loop[1] - loop[0]) if found else None


def target(instruction, labels, otherwise):
    match = re.search(r"BRA.*?`\((\.L_\S+)\)", instruction)
    return labels.get(match[1], otherwise) if match else otherwise


def usual(instructions, labels, begin, end):
    """All instructions of a loop but those of branches that copy parts of chunks, which only odd numbers of channels take."""
    starts, blocks = set(labels.values()), [[]]
    for place in range(begin, end + 1):
        if place in starts:
            blocks.append([])
        blocks[-1].append(instructions[place])
        if "BRA" in instructions[place]:
            blocks.append([])
    return sum(len(block) for block in blocks if not any("ZFILL" in one for one in block))


def step(instructions, labels, begin, end):
    """Instructions of the shortest way through a loop on which most is copied: what a step with one source of whole chunks runs. None where the way has loops of its own, or copies nothing."""
    ways = {begin: {0: 0}}
    for place in range(begin, end):
        instruction = instructions[place]
        jump = target(instruction, labels, None)
        if jump is not None and jump <= place:
            return None
        # Predicates stand before the instruction or, uniform ones, before the label.
        is_unconditional = jump is not None and re.match(r"BRA(\.U)? `", instruction)
        following = {jump} if is_unconditional else {place + 1, jump} - {None}
        for copies, count in ways.get(place, {}).items():
            copies += "LDGSTS" in instruction
            for after in following:
                known = ways.setdefault(after, {})
                known[copies] = min(known.get(copies, count + 1), count + 1)
    most = max(ways.get(end, {0: 0}))
    return ways[end][most] + 1 if most else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="the PTX")
    parser.add_argument("--arch", default="sm_90")
    parser.add_argument("--ptxas", default="ptxas")
    parser.add_argument("--nvdisasm", default="nvdisasm")
    arguments = parser.parse_args()
    files = sorted(arguments.folder.glob("*.ptx"))
    if not files:
        parser.error(f"{arguments.folder} has no *.ptx; write some with stunet doctor --ptx {arguments.folder}")
    refused = 0
    print(f"{'registers':>9} {'spilled':>8} {'shared':>7} {'groups':>6} {'products':>8} {'instructions':>12} {'step':>5} {'program':>8}  kernel ({arguments.arch})")
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, report, code in pool.map(lambda ptx: assemble(ptx, arguments, folder), files):
            if report is None:
                refused += 1
                print(f"REFUSED {name}\n{code}")
                continue
            registers = number(r"Used (\d+) registers", report)
            spilled = number(r"(\d+) bytes spill stores", report) + number(r"(\d+) bytes stack frame", report)
            shared = number(r"(\d+) bytes smem", report)
            groups = min(GROUPS, REGISTERS // ((registers + 7) // 8 * 8 * THREADS), SHARED // (shared + SHARED_OF_GROUP))
            instructions, labels = parsed(code)
            loop = main_loop(instructions, labels)
            columns = ["", "", ""]
            if loop:
                columns = [products(instructions[loop[0]:loop[1] + 1]), usual(instructions, labels, *loop), step(instructions, labels, *loop) or ""]
            loop = f"{columns[0]:8} {columns[1]:12} {columns[2]:5} {len(instructions):8}"
            print(f"{registers:9} {spilled:8} {shared:7} {groups:6} {loop}  {name}")
    print(f"{len(files)} kernels, {refused} refused")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What C and the shaders share means the same on both sides: the offset of every member of
the structs in shaders/abi, the bindings, the ids of specialization constants.

usage: shader_abi.py SPIRV_DIS CC SPIRV...
"""
import os
import re
import shlex
import subprocess
import sys
import tempfile

import project

MAX_PUSH_BYTES = 128  # what every Vulkan device has
STRUCT = re.compile(r"struct\s+(vin_\w+)\s*\{(.*?)\};", re.S)
DEFINE = re.compile(r"^#define\s+(VIN_\w+)\s+(\d+)u?\b", re.M)
PLAIN_TYPES = ("vin_u32", "vin_i32", "vin_f32")


def headers():
    return [path for path in project.files(".h") if path.startswith("shaders/abi/")]


def parse_structs(source, faults, path):
    """name -> member names, of the structs of one header."""
    structs = {}
    source = re.sub(r"/\*.*?\*/|//[^\n]*", "", source, flags=re.S)
    for name, body in STRUCT.findall(source):
        members = []
        for declaration in filter(None, (part.strip() for part in body.split(";"))):
            kind, _, names = declaration.partition(" ")
            if kind not in PLAIN_TYPES or "[" in names:
                faults.append("%s: %s: '%s' is no plain scalar" % (path, name, declaration))
            members += [member.strip() for member in names.split(",")]
        structs[name] = members
    return structs


def c_offsets(compiler, structs):
    """name -> list of offsets, then the size, as the C compiler lays them out."""
    with tempfile.TemporaryDirectory() as folder:
        source, program = os.path.join(folder, "abi.c"), os.path.join(folder, "abi")
        with open(source, "w", encoding="utf-8") as handle:
            handle.write("#include <stddef.h>\n#include <stdio.h>\n")
            handle.writelines('#include "%s"\n' % path[len("shaders/"):] for path in headers())
            handle.write("int main(void)\n{\n")
            for name, members in structs.items():
                for member in members:
                    handle.write('    printf("%s %%zu\\n", offsetof(struct %s, %s));\n'
                                 % (name, name, member))
                handle.write('    printf("%s %%zu\\n", sizeof(struct %s));\n' % (name, name))
            handle.write("    return 0;\n}\n")
        subprocess.run([*compiler, "-I" + os.path.join(project.ROOT, "shaders"), source,
                        "-o", program], check=True)
        output = subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True).stdout
    offsets = {}
    for line in output.splitlines():
        name, value = line.split()
        offsets.setdefault(name, []).append(int(value))
    return offsets


class Module:
    """The names and decorations of one SPIR-V file."""

    def __init__(self, disassembly):
        grab = lambda pattern: re.findall(pattern, disassembly, re.M)
        self.names = dict(grab(r'OpName (%\w+) "(\w*)"'))
        self.members = {}
        for ident, index, name in grab(r'OpMemberName (%\w+) (\d+) "(\w+)"'):
            self.members.setdefault(ident, {})[int(index)] = name
        self.offsets = {}
        for ident, index, offset in grab(r"OpMemberDecorate (%\w+) (\d+) Offset (\d+)"):
            self.offsets.setdefault(ident, {})[int(index)] = int(offset)
        self.spec_ids = dict(grab(r"OpDecorate (%\w+) SpecId (\d+)"))
        self.sets = dict(grab(r"OpDecorate (%\w+) DescriptorSet (\d+)"))
        bindings = dict(grab(r"OpDecorate (%\w+) Binding (\d+)"))
        pointers = {ident: (storage, target) for ident, storage, target
                    in grab(r"(%\w+) = OpTypePointer (\w+) (%\w+)")}
        self.blocks = []  # (variable, block name, binding); uniform blocks all named Uniform
        for variable, pointer in grab(r"(%\w+) = OpVariable (%\w+)"):
            if variable in bindings:
                storage, target = pointers[pointer]
                block = "Uniform" if storage == "Uniform" else self.names.get(target, "")
                self.blocks.append((variable, block, int(bindings[variable])))


def check_structs(name, module, structs, offsets):
    """Faults, and the names of the shared structs this shader uses."""
    faults, used = [], set()
    for ident, struct in module.names.items():
        if struct not in structs:
            continue
        used.add(struct)
        members = module.members.get(ident, {})
        if [members[index] for index in sorted(members)] != structs[struct]:
            faults.append("%s: members of %s differ from the header" % (name, struct))
            continue
        for index, member in enumerate(structs[struct]):
            have = module.offsets.get(ident, {}).get(index)
            if have != offsets[struct][index]:
                faults.append("%s: %s.%s at %s, in C at %d"
                              % (name, struct, member, have, offsets[struct][index]))
    return faults, used


def check_bindings(name, module, defines):
    faults = []
    for variable, block, binding in module.blocks:
        want = defines.get("VIN_BIND_" + block.upper())
        if want is None:
            faults.append("%s: block '%s' is named after no VIN_BIND_..." % (name, block))
        elif want != binding:
            faults.append("%s: block '%s' at binding %d, in C at %d"
                          % (name, block, binding, want))
        if module.sets.get(variable) != "0":
            faults.append("%s: block '%s' is not in set 0" % (name, block))
    return faults


def spec_prefix(struct, defines):
    """vin_pool_blocked_push: VIN_POOL_BLOCKED_SPEC_ where there is such a constant, else
    VIN_POOL_SPEC_."""
    words = struct.upper().split("_")[1:-1]
    for n_words in range(len(words), 0, -1):
        prefix = "VIN_%s_SPEC_" % "_".join(words[:n_words])
        if any(key.startswith(prefix) for key in defines):
            break
    return prefix


def check_spec_ids(name, module, used, defines):
    """Ids must be those of VIN_<OP>_SPEC_..., for the ops whose structs the shader uses."""
    prefixes = [spec_prefix(struct, defines) for struct in used]
    known = {key[len(prefix):]: value for prefix in prefixes for key, value in defines.items()
             if key.startswith(prefix)}
    faults = []
    for ident, spec_id in module.spec_ids.items():
        constant = module.names.get(ident)
        if constant is not None and known.get(constant) != int(spec_id):
            faults.append("%s: constant %s has id %s, in C %s"
                          % (name, constant, spec_id, known.get(constant)))
        elif int(spec_id) not in known.values():
            faults.append("%s: id %s is not in the header" % (name, spec_id))
    return faults


def check_sizes(structs, offsets):
    faults = []
    for struct in structs:
        size = offsets[struct][-1]
        if struct.endswith("_push") and size > MAX_PUSH_BYTES:
            faults.append("%s: %d bytes, at most %d are pushed" % (struct, size, MAX_PUSH_BYTES))
        if struct.endswith("_uniforms") and size % 16 != 0:
            faults.append("%s: %d bytes, not a multiple of 16" % (struct, size))
    return faults


def main():
    disassembler, compiler, modules = sys.argv[1], shlex.split(sys.argv[2]), sys.argv[3:]
    faults, structs, defines, all_used = [], {}, {}, set()
    if not disassembler:
        project.skip("no spirv-dis")
    for path in headers():
        structs.update(parse_structs(project.text(path), faults, path))
        defines.update((key, int(value)) for key, value in DEFINE.findall(project.text(path)))
    offsets = c_offsets(compiler, structs)
    faults += check_sizes(structs, offsets)
    for path in modules:
        name = os.path.basename(path)
        module = Module(subprocess.run([disassembler, path], stdout=subprocess.PIPE, text=True,
                                       check=True).stdout)
        found, used = check_structs(name, module, structs, offsets)
        all_used |= used
        faults += found + check_bindings(name, module, defines)
        faults += check_spec_ids(name, module, used, defines)
    faults += ["%s: no shader uses it" % struct for struct in sorted(set(structs) - all_used)]
    project.finish(faults, len(modules))


if __name__ == "__main__":
    main()

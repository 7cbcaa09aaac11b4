// SPDX-License-Identifier: GPL-2.0-or-later
/* The maps, settings and control blocks that all modules share, each defined once. */
#include "common.bpf.h"

struct ring_map ring SEC(".maps");
struct cpus_map cpus SEC(".maps");
struct storage_map tasks SEC(".maps");
struct lru_map tasks_lru SEC(".maps");
struct offs_map offs SEC(".maps");
struct pairs_map pairs SEC(".maps");
struct irqs_map irqs SEC(".maps");

const volatile __u32 modules = 0;
const volatile __u32 wake_bytes = 64 * 1024;
const volatile bool track = false;
const volatile bool has_storage = false;
const volatile __u32 irq_slots = 1;
const struct task_state state_zero = {};

struct pass_ctl pass_ctl = {};
struct settings settings = {};
__u32 woken = 0;

extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;

__hidden void *kernel_cast(const void *obj, __u32 btf_id)
{
	return bpf_rdonly_cast(obj, btf_id);
}

char LICENSE[] SEC("license") = "GPL";

# SPDX-License-Identifier: MIT
# make bench: medians, and ratios to the peers that are installed, in one run.
EXTRA_PROGRAMS = %D%/bench %D%/kernels %D%/learn %D%/meta %D%/neighbors \
	%D%/toolbox
# What plugins do is measured in the libmesa that they use, threads and all.
bench_bench_SOURCES = %D%/bench.c %D%/measure.h
bench_bench_LDADD = libmesa.la
bench_kernels_SOURCES = %D%/kernels.c
bench_kernels_LDADD = libcore.la
bench_learn_SOURCES = %D%/learn.c %D%/measure.h
bench_learn_LDADD = libcore.la
bench_meta_SOURCES = %D%/measure.h %D%/meta.c
bench_meta_LDADD = libcore.la
bench_neighbors_SOURCES = %D%/measure.h %D%/neighbors.c
bench_neighbors_LDADD = libmesa.la
bench_toolbox_SOURCES = %D%/measure.h %D%/toolbox.c
bench_toolbox_LDADD = libmesa.la
CLEANFILES += $(EXTRA_PROGRAMS)
EXTRA_DIST += %D%/active.py %D%/imbalance.py %D%/peer_tree.py %D%/peers.py \
	%D%/results.sh %D%/results_active.sh %D%/results_ml3.sh \
	%D%/results_tasks.sh %D%/run.sh

bench: all %D%/bench$(EXEEXT) %D%/learn$(EXEEXT) %D%/meta$(EXEEXT) \
		%D%/toolbox$(EXEEXT)
	@MESA_PLUGIN_PATH=$(abs_top_builddir)/plugins \
		$(SHELL) $(srcdir)/%D%/run.sh $(abs_top_builddir)

# The inner loops of graphs: GFLOP/s, and nanoseconds per element.
bench-kernels: %D%/kernels$(EXEEXT)
	@./%D%/kernels$(EXEEXT)

# The search for neighbours, in seconds.
bench-neighbors: all %D%/neighbors$(EXEEXT)
	@MESA_PLUGIN_PATH=$(abs_top_builddir)/plugins ./%D%/neighbors$(EXEEXT)
.PHONY: bench bench-kernels bench-neighbors

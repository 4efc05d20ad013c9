# SPDX-License-Identifier: MIT
bin_PROGRAMS += mesa-conform
mesa_conform_SOURCES = \
	%D%/archive.c \
	%D%/archive.h \
	%D%/arena.c \
	%D%/arena.h \
	%D%/bench.c \
	%D%/bench.h \
	%D%/check_acquisition.c \
	%D%/check_any.c \
	%D%/check_environment.c \
	%D%/check_environment_nodes.c \
	%D%/check_estimator.c \
	%D%/check_estimator_data.c \
	%D%/check_estimator_file.c \
	%D%/check_forward.c \
	%D%/check_keep.c \
	%D%/check_learnable.c \
	%D%/check_learning.c \
	%D%/check_loss.c \
	%D%/check_members.c \
	%D%/check_memory.c \
	%D%/check_metalearner.c \
	%D%/check_onnx.c \
	%D%/check_questions.c \
	%D%/check_sampler.c \
	%D%/check_source.c \
	%D%/check_stream.c \
	%D%/check_tasks.c \
	%D%/check_transform.c \
	%D%/fit.c \
	%D%/fit.h \
	%D%/machine.c \
	%D%/machine.h \
	%D%/main.c \
	%D%/pool.c \
	%D%/pool.h \
	%D%/questions.c \
	%D%/questions.h \
	%D%/stage.c \
	%D%/stage.h \
	%D%/taught.c \
	%D%/taught.h \
	%D%/toy.c \
	%D%/toy.h \
	%D%/toy_environment.c \
	%D%/toy_environment.h \
	%D%/toy_tasks.c \
	%D%/toy_tasks.h
mesa_conform_LDADD = libmesa.la
dist_man_MANS += %D%/mesa-conform.1
TESTS += %D%/conform.sh
EXTRA_DIST += %D%/conform.sh

# For authors of plugins: the macro, and a plugin to start from.
aclocaldir = $(datadir)/aclocal
dist_aclocal_DATA = m4/mesa.m4
templatedir = $(docdir)/plugin-template
dist_template_DATA = \
	examples/plugin-template/Makefile \
	examples/plugin-template/README.md \
	examples/plugin-template/centroid.c \
	examples/plugin-template/example.csv \
	examples/plugin-template/example.ini
acquisitiontemplatedir = $(docdir)/acquisition-template
dist_acquisitiontemplate_DATA = \
	examples/acquisition-template/Makefile \
	examples/acquisition-template/README.md \
	examples/acquisition-template/asymmetric.c \
	examples/acquisition-template/example.ini
losstemplatedir = $(docdir)/loss-template
dist_losstemplate_DATA = \
	examples/loss-template/Makefile \
	examples/loss-template/README.md \
	examples/loss-template/logcosh.c \
	examples/loss-template/example.ini
environmenttemplatedir = $(docdir)/environment-template
dist_environmenttemplate_DATA = \
	examples/environment-template/Makefile \
	examples/environment-template/README.md \
	examples/environment-template/example.ini \
	examples/environment-template/pendulum.c
learnertemplatedir = $(docdir)/learner-template
dist_learnertemplate_DATA = \
	examples/learner-template/Makefile \
	examples/learner-template/README.md \
	examples/learner-template/fourier.c \
	examples/learner-template/example.ini
EXTRA_DIST += docs/abi.md docs/plugin-author.md tests/installcheck.sh

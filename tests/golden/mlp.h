/* SPDX-License-Identifier: MIT */
/* mlp.h - written by gen/mlp.py with scikit-learn 1.2.1: the loss of
 * each pass, and the outputs for the first row at the end. */
enum { GOLDEN_ROWS = 50, GOLDEN_COLUMNS = 4, GOLDEN_CLASSES = 3,
       GOLDEN_TARGETS = 2, GOLDEN_EPOCHS = 10 };
static const int golden_labels[] = {
    0, 0, 2, 0, 0, 0, 0, 0, 1, 1, 2, 1, 0, 0, 2, 1, 2, 0, 0, 0,
    2, 2, 2, 0, 1, 0, 0, 1, 2, 1, 1, 2, 2, 0, 1, 2, 2, 2, 0, 0,
    0, 1, 0, 1, 2, 1, 1, 2, 0, 0,
};
static const struct golden_mlp {
    const char *params;
    bool classes;
    double curve[GOLDEN_EPOCHS], first[3];
} golden_mlps[] = {
    {
        "hidden_layer_sizes=8 batch_size=16",
        true, {
            1.113470564, 1.108883809, 1.105468968, 1.102232118, 1.099106271,
            1.096070535, 1.093100302, 1.090179856, 1.087339742, 1.084683363,
        }, { 0.5381046793, 0.2128236259, 0.2490716947 }
    },
    {
        "hidden_layer_sizes=8,5 activation=tanh batch_size=16",
        true, {
            1.082503269, 1.077072908, 1.073183151, 1.069517111, 1.066001534,
            1.062610817, 1.059330142, 1.056148386, 1.053056141, 1.050045061,
        }, { 0.606480591, 0.1929455288, 0.2005738802 }
    },
    {
        "hidden_layer_sizes=6 activation=logistic alpha=0.5 "
        "batch_size=16",
        true, {
            1.350117542, 1.344175909, 1.339322983, 1.334686118, 1.330203918,
            1.325856346, 1.321633766, 1.317530163, 1.313540987, 1.309662323,
        }, { 0.5341764835, 0.267215362, 0.1986081545 }
    },
    {
        "hidden_layer_sizes=6 solver=sgd learning_rate_init=0.1 "
        "batch_size=16",
        true, {
            1.205912205, 1.1185434, 1.07985163, 1.066106912, 1.05144599,
            1.0321127, 0.9988320429, 0.9592547535, 0.9228275258, 0.8911776767,
        }, { 0.7349689476, 0.1837971561, 0.08123389622 }
    },
    {
        "hidden_layer_sizes=6 solver=sgd momentum=0.5 "
        "nesterovs_momentum=false learning_rate_init=0.2 batch_size=16",
        true, {
            1.205008092, 1.134187015, 1.103996655, 1.085504438, 1.070148499,
            1.059427896, 1.043604192, 1.02696494, 1.012402351, 0.9918468782,
        }, { 0.6293946535, 0.1731351793, 0.1974701672 }
    },
    {
        "hidden_layer_sizes=6 solver=sgd learning_rate=invscaling "
        "learning_rate_init=0.5 power_t=0.3 batch_size=16",
        true, {
            1.16904384, 1.337076551, 1.266061549, 1.148424846, 1.127138741,
            1.059863983, 1.014761485, 0.9686251918, 0.9285103066, 0.906530841,
        }, { 0.3887625356, 0.06974403579, 0.5414934286 }
    },
    {
        "hidden_layer_sizes=6 solver=sgd learning_rate=adaptive "
        "learning_rate_init=0.3 tol=0.1 n_iter_no_change=2 "
        "batch_size=16",
        true, {
            1.180144995, 1.115581285, 1.081938039, 1.051774679, 0.9637801431,
            0.936701431, 0.9048966546, 0.868554257, 0.8509941149, 0.8371290629,
        }, { 0.6695789144, 0.2544724407, 0.07594864489 }
    },
    {
        "hidden_layer_sizes=8 learning_rate_init=0.01 batch_size=16",
        false, {
            0.4945064112, 0.3457461457, 0.259492762, 0.2116817511, 0.1846736866,
            0.1657194323, 0.1460802249, 0.1246066155, 0.1046123062, 0.08878693604,
        }, { -0.01323249371, -0.5132127654 }
    },
    {
        "hidden_layer_sizes=7,3 activation=identity alpha=0.1 "
        "batch_size=50",
        false, {
            0.9021848746, 0.8910709729, 0.8801232918, 0.8693420364, 0.8587254224,
            0.8482701979, 0.8379734628, 0.827832763, 0.8178453596, 0.8080079175,
        }, { -0.7741057007, 0.8536397327 }
    },
};

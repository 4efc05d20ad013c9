/* SPDX-License-Identifier: MIT */
/* optimizer.h - written by gen/optimizer.py with torch 2.15.0: parameters
 * after 12 steps of each optimizer. */
enum { GOLDEN_STEPS = 12, GOLDEN_WIDTH = 5 };

static const double golden_start[GOLDEN_WIDTH] = {
    0.5, -1.25, 2.0, 0.0, 0.001
};

static const double golden_adam[GOLDEN_WIDTH] = {
    0.5015258684151855,
    -1.2480631483761542,
    1.996931732404498,
    0.002493258748738868,
    -0.010999864838416196,
};

static const double golden_adam_constants[GOLDEN_WIDTH] = {
    0.6039393853574525,
    -1.19705739354569,
    1.8720362207625199,
    0.12660655399102705,
    -1.198983549780624,
};

static const double golden_adam_no_mean[GOLDEN_WIDTH] = {
    0.5131209448852805,
    -1.2479151056297915,
    1.991060318853738,
    0.010386796447991953,
    -0.11899641637603559,
};

static const double golden_adam_step[GOLDEN_WIDTH] = {
    0.576453281673468,
    -1.166938263332074,
    1.8531086261933873,
    0.13277675239894102,
    -0.33299528699179104,
};

static const double golden_adam_cosine[GOLDEN_WIDTH] = {
    0.5757886263919983,
    -1.1674992333779837,
    1.8592975510254133,
    0.12613712325611623,
    -0.32399445924285897,
};

static const double golden_sgd[GOLDEN_WIDTH] = {
    0.5625,
    -1.25,
    1.9375,
    0.012500000000000004,
    -1200.0490000000002,
};

static const double golden_sgd_linear[GOLDEN_WIDTH] = {
    0.5156250000000001,
    -1.2062499999999998,
    1.934375,
    0.031249999999999997,
    -450.00837500000006,
};

static const double golden_sgd_momentum[GOLDEN_WIDTH] = {
    0.603644948071875,
    -1.0242127253825002,
    1.6722187892743747,
    0.1354129169086251,
    -5541.972738811184,
};

static const double golden_sgd_nesterov[GOLDEN_WIDTH] = {
    0.6557804532646875,
    -1.04679145284425,
    1.6424969103469376,
    0.1343716252177626,
    -6187.825364930068,
};

"""The scale-mixture posterior by its definition, with numpy alone: prints what `tests.rs` expects.

Run: python reference.py
"""

import numpy as np

SIZES = np.array([0.0, 0.05, 0.2, 0.5, 1.0, 2.0, 5.0, 12.0, 30.0])
half = lambda rows: np.array(rows, dtype=np.float16).astype(float)

# Three entries of two studies, seven genes; gene 5 is measured by one study, gene 6 by none.
MEAN = half([[0.5, -0.25, 1.5, 0.0, 0.125, 0.75, 0.0],
             [0.625, -0.5, 1.25, 0.0625, -0.25, 0.5, 0.0],
             [0.25, 0.25, 2.0, -0.125, 0.5, 0.0, 0.0]])
DEVIATION = half([[0.25, 0.5, 0.25, 0.125, 0.5, 0.25, 1.0],
                  [0.25, 0.25, 0.5, 0.25, 0.5, 0.5, 1.0],
                  [0.5, 0.25, 0.25, 0.25, 0.25, 1.0, 1.0]])
SCALE = np.array([1 / 3, 1 / 4, 1 / 2])
MEASURED = np.array([[1, 1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 0, 0]], dtype=bool)
SIGNAL = np.array([[0.25, 0.125, 0.0625], [0.125, 0.5, -0.125], [0.0625, -0.125, 0.375]])
ERRORS = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]])
# Mean of the controls; genes 3 and 6 are not expressed and teach nothing of the sizes.
CONTROL = np.array([2.0, 3.0, 1.0, 0.25, 4.0, 2.0, 0.0])
WEIGHTS, REMAINDER = np.array([0.75, 0.25, 0.5]), 0.125

U = 0.8 * SIGNAL + 0.2 * np.diag(np.diag(SIGNAL))
assert np.linalg.eigvalsh(U).min() > 1e-5


def parts(gene):
    rows = np.flatnonzero(MEASURED[:, gene])
    error = np.sqrt(SCALE[rows]) * DEVIATION[rows, gene]
    kept = 0.98 * ERRORS[np.ix_(rows, rows)]
    np.fill_diagonal(kept, 1.0)
    return rows, MEAN[rows, gene], kept * np.outer(error, error)


def density(gene):
    rows, mean, noise = parts(gene)
    cov = [s * U[np.ix_(rows, rows)] + noise for s in SIZES]
    return np.array([np.exp(-0.5 * mean @ np.linalg.solve(v, mean))
                     / np.sqrt(np.linalg.det(2 * np.pi * v)) for v in cov])


likelihood = np.array([density(g) for g in range(6)])
expressed = [g for g in range(6) if CONTROL[g] > 0.53]
pi = np.full(9, 1 / 9)
for _ in range(25):
    joint = likelihood[expressed] * pi
    pi = (joint / joint.sum(1, keepdims=True)).mean(0)

for gene in range(7):
    if gene == 6:
        print(0.0, pi @ SIZES * (WEIGHTS @ U @ WEIGHTS + REMAINDER))
        continue
    rows, mean, noise = parts(gene)
    p = likelihood[gene] * pi
    p /= p.sum()
    first, second = 0.0, 0.0
    for s, chance in zip(SIZES, p):
        inverse = np.linalg.inv(s * U[np.ix_(rows, rows)] + noise)
        cross = s * (U @ WEIGHTS)[rows]
        centre = cross @ inverse @ mean
        variance = s * (WEIGHTS @ U @ WEIGHTS + REMAINDER) - cross @ inverse @ cross
        first += chance * centre
        second += chance * (variance + centre**2)
    print(repr(float(first)), repr(float(second - first**2)))

# exercise 1
def lloyd_step(values, centroids):
    nearest_ = np.abs(values[:, None] - centroids).argmin(axis=1)
    return np.array([values[nearest_ == i].mean() if (nearest_ == i).any() else c
                     for i, c in enumerate(centroids)])


# exercise 2
def smallest_layer_that_pays():
    return 32 * 256 // 24 + 1

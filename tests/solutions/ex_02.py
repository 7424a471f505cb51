# exercise 1
def leaky_relu_slope(z):
    return np.where(z > 0, 1.0, 0.1)


# exercise 2
def slope_of_loss(logits, right_class, j, h=1e-5):
    def loss(z):
        return np.log(np.exp(z).sum()) - z[right_class]

    step = h * np.eye(len(logits))[j]
    return (loss(logits + step) - loss(logits - step)) / (2 * h)

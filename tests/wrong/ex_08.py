# exercise 1: a constant
def taught_loss(labels, teacher, student, temperature, mixing):
    return np.ones(len(labels))


# exercise 1: forgets T squared
def taught_loss(labels, teacher, student, temperature, mixing):
    hard = -np.log(student[np.arange(len(labels)), labels])
    q, p = distillation.soften(teacher, temperature), distillation.soften(student, temperature)
    soft = -(q * np.log(p)).sum(axis=1)
    return (1 - mixing) * hard + mixing * soft


# exercise 1: softens the teacher alone
def taught_loss(labels, teacher, student, temperature, mixing):
    hard = -np.log(student[np.arange(len(labels)), labels])
    soft = -(distillation.soften(teacher, temperature) * np.log(student)).sum(1)
    return (1 - mixing) * hard + mixing * temperature ** 2 * soft


# exercise 1: the mean, not one number an image
def taught_loss(labels, teacher, student, temperature, mixing):
    hard = -np.log(student[np.arange(len(labels)), labels])
    q, p = distillation.soften(teacher, temperature), distillation.soften(student, temperature)
    soft = -(q * np.log(p)).sum(axis=1)
    return np.mean((1 - mixing) * hard + mixing * temperature ** 2 * soft)


# exercise 2: a constant
def factors_for(inputs, kernel, rank):
    return np.zeros((784, rank)), np.zeros((rank, kernel.shape[1]))


# exercise 2: plain SVD of the weights
def factors_for(inputs, kernel, rank):
    u, s, vt = np.linalg.svd(kernel, full_matrices=False)
    return u[:, :rank] * s[:rank], vt[:rank]


# exercise 2: factors of the outputs, not of the kernel
def factors_for(inputs, kernel, rank):
    u, s, vt = np.linalg.svd(inputs @ kernel, full_matrices=False)
    return u[:, :rank] * s[:rank], vt[:rank]


# exercise 3: a constant
def fair_units(inputs, hidden, outputs, rank):
    return 20


# exercise 3: forgets the biases
def fair_units(inputs, hidden, outputs, rank):
    return max(1, (inputs * rank + rank * hidden + hidden * outputs) // (inputs + outputs))


# exercise 3: counts the first layer alone
def fair_units(inputs, hidden, outputs, rank):
    return max(1, rank * (inputs + hidden) // inputs)

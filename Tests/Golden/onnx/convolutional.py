"""ResNet-50, VGG16 and Inception-v3 as their papers define them, with the layer order that torchvision exports.

`thin` divides every width, so that the same graph pattern comes in a size that a test can afford.
"""

import torch
from torch import nn
from torch.nn import functional


class Bottleneck(nn.Module):
    """He et al., "Deep Residual Learning for Image Recognition", 2016, figure 5 right; the stride is in the 3x3."""

    def __init__(self, inputs, width, stride):
        super().__init__()
        outputs = 4 * width
        self.conv1, self.bn1 = nn.Conv2d(inputs, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = functional.relu(self.bn1(self.conv1(x)))
        y = functional.relu(self.bn2(self.conv2(y)))
        return functional.relu(self.bn3(self.conv3(y)) + self.shortcut(x))


class ResNet(nn.Module):
    """50 layers with the default depths; pixel_values `[N, 3, H, W]` -> logits `[N, classes]`."""

    def __init__(self, depths=(3, 4, 6, 3), thin=1, classes=1000):
        super().__init__()
        width = 64 // thin
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(3, 2, 1)
        )
        blocks, inputs = [], width
        for stage, depth in enumerate(depths):
            for index in range(depth):
                blocks.append(Bottleneck(inputs, width << stage, 2 if stage > 0 and index == 0 else 1))
                inputs = 4 * (width << stage)
        self.blocks = nn.Sequential(*blocks)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(inputs, classes)

    def forward(self, pixel_values):
        return self.head(torch.flatten(self.pool(self.blocks(self.stem(pixel_values))), 1))


def vgg_layers(thin):
    """The 13 convolutions of VGG16 with their ReLU and pooling."""
    layers, inputs = [], 3
    for width, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(count):
            layers += [nn.Conv2d(inputs, width // thin, 3, padding=1), nn.ReLU()]
            inputs = width // thin
        layers.append(nn.MaxPool2d(2, 2))
    return nn.Sequential(*layers)


class VGG16(nn.Module):
    """Simonyan and Zisserman, "Very Deep Convolutional Networks", 2015, column D; -> logits `[N, classes]`."""

    def __init__(self, thin=1, classes=1000):
        super().__init__()
        self.features = vgg_layers(thin)
        self.pool = nn.AdaptiveAvgPool2d(7)
        hidden = 4096 // thin
        self.classifier = nn.Sequential(
            nn.Linear(49 * 512 // thin, hidden), nn.ReLU(), nn.Dropout(),
            nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(), nn.Linear(hidden, classes),
        )  # fmt: skip

    def forward(self, pixel_values):
        return self.classifier(torch.flatten(self.pool(self.features(pixel_values)), 1))


class VGG16Taps(nn.Module):
    """The convolutions of VGG16 with what perceptual losses read: relu1_2, relu2_2, relu3_3, relu4_3, relu5_3."""

    TAPS = {3: "relu1_2", 8: "relu2_2", 15: "relu3_3", 22: "relu4_3", 29: "relu5_3"}

    def __init__(self, thin=1):
        super().__init__()
        self.features = vgg_layers(thin)[:30]

    def forward(self, pixel_values):
        taps, x = [], pixel_values
        for index, layer in enumerate(self.features):
            x = layer(x)
            if index in self.TAPS:
                taps.append(x)
        return tuple(taps)


class Unit(nn.Sequential):
    """Convolution, batch norm, ReLU: the unit that Inception-v3 is made of."""

    def __init__(self, inputs, outputs, kernel, stride=1, padding=0):
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False),
            nn.BatchNorm2d(outputs, eps=0.001),
            nn.ReLU(),
        )


class Pool(nn.Module):
    """3x3 average of the same size, padding counted, as Inception's pooling branch has it."""

    def forward(self, x):
        return functional.avg_pool2d(x, 3, stride=1, padding=1)


class Branches(nn.Module):
    """Branches side by side, joined in the channels."""

    def __init__(self, *branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


class Inception3(nn.Module):
    """Szegedy et al., "Rethinking the Inception Architecture", 2016, without the auxiliary head; -> logits."""

    def __init__(self, thin=1, classes=1000):
        super().__init__()

        def w(width):
            return width // thin

        def grid35(inputs, pooled):
            return Branches(
                Unit(inputs, w(64), 1),
                nn.Sequential(Unit(inputs, w(48), 1), Unit(w(48), w(64), 5, padding=2)),
                nn.Sequential(
                    Unit(inputs, w(64), 1), Unit(w(64), w(96), 3, padding=1), Unit(w(96), w(96), 3, padding=1)
                ),
                nn.Sequential(Pool(), Unit(inputs, pooled, 1)),
            )

        def row(inputs, outputs):
            return Unit(inputs, outputs, (1, 7), padding=(0, 3))

        def column(inputs, outputs):
            return Unit(inputs, outputs, (7, 1), padding=(3, 0))

        def grid17(inputs, middle):
            return Branches(
                Unit(inputs, w(192), 1),
                nn.Sequential(Unit(inputs, middle, 1), row(middle, middle), column(middle, w(192))),
                nn.Sequential(
                    Unit(inputs, middle, 1), column(middle, middle), row(middle, middle), column(middle, middle),
                    row(middle, w(192)),
                ),
                nn.Sequential(Pool(), Unit(inputs, w(192), 1)),
            )  # fmt: skip

        def split(width):
            return Branches(Unit(width, width, (1, 3), padding=(0, 1)), Unit(width, width, (3, 1), padding=(1, 0)))

        def grid8(inputs):
            return Branches(
                Unit(inputs, w(320), 1),
                nn.Sequential(Unit(inputs, w(384), 1), split(w(384))),
                nn.Sequential(Unit(inputs, w(448), 1), Unit(w(448), w(384), 3, padding=1), split(w(384))),
                nn.Sequential(Pool(), Unit(inputs, w(192), 1)),
            )

        self.layers = nn.Sequential(
            Unit(3, w(32), 3, 2), Unit(w(32), w(32), 3), Unit(w(32), w(64), 3, padding=1), nn.MaxPool2d(3, 2),
            Unit(w(64), w(80), 1), Unit(w(80), w(192), 3), nn.MaxPool2d(3, 2),
            grid35(w(192), w(32)), grid35(w(256), w(64)), grid35(w(288), w(64)),
            Branches(
                Unit(w(288), w(384), 3, 2),
                nn.Sequential(Unit(w(288), w(64), 1), Unit(w(64), w(96), 3, padding=1), Unit(w(96), w(96), 3, 2)),
                nn.MaxPool2d(3, 2),
            ),
            grid17(w(768), w(128)), grid17(w(768), w(160)), grid17(w(768), w(160)), grid17(w(768), w(192)),
            Branches(
                nn.Sequential(Unit(w(768), w(192), 1), Unit(w(192), w(320), 3, 2)),
                nn.Sequential(
                    Unit(w(768), w(192), 1), row(w(192), w(192)), column(w(192), w(192)), Unit(w(192), w(192), 3, 2)
                ),
                nn.MaxPool2d(3, 2),
            ),
            grid8(w(1280)), grid8(w(2048)),
            nn.AdaptiveAvgPool2d(1), nn.Dropout(),
        )  # fmt: skip
        self.head = nn.Linear(w(2048), classes)

    def forward(self, pixel_values):
        return self.head(torch.flatten(self.layers(pixel_values), 1))

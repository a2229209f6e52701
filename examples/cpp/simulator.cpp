// A small driving simulator that trains a tokenizer on its own frames and class maps, without leaving the process.
//
//     simulator [STEPS [CONFIGURATION.json]]
//
// It renders a road with moving cars, hands each batch of frames to the trainer, and at the end prints the tokens of
// the next frame with the class each token stands for. Ctrl-C ends the training early, inside a step.
#include <sgc.hpp>

#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

namespace {

constexpr int width = 128;
constexpr int height = 64;
constexpr int batch_size = 4;

enum surface : std::uint8_t { sky, building, vegetation, road, lane_mark, car, class_count };

// A tokenizer small enough to learn while the simulator runs: 8x8 pixels per token, 256 codes, the classes above.
const char *const small = R"({
    "model": {"channels": 32, "channel_multipliers": [1, 1, 2, 2], "residual_blocks": 1, "attention_resolutions": [],
              "resolution": 128, "latent_channels": 64},
    "quantizer": {"codebook_size": 256, "code_dimension": 16,
                  "semantics": {"classes": 6,
                                "class_names": ["sky", "building", "vegetation", "road", "lane mark", "car"]}},
    "optimizer": {"learning_rate": 3e-4}
})";

// One rendered frame: colors for the tokenizer's eye, classes for its teacher.
struct frame {
    std::vector<std::uint8_t> pixels = std::vector<std::uint8_t>(width * height * 3);
    std::vector<std::uint8_t> classes = std::vector<std::uint8_t>(width * height);
};

// A repeatable speck of texture in 0...255 for a place in the world.
std::uint8_t texture(std::uint32_t x, std::uint32_t y) {
    std::uint32_t hash = x * 0x9E3779B1u ^ y * 0x85EBCA77u;
    hash = (hash ^ (hash >> 15)) * 0x2C1B3C6Du;
    return static_cast<std::uint8_t>(hash >> 24);
}

// What is seen at a pixel at a time: horizon in the upper third, the road in perspective below it, houses beside.
surface surface_at(int x, int y, double time) {
    const int horizon = height / 3;
    if (y < horizon) {
        const int block = (x + static_cast<int>(time * 2)) / 12;
        const int roof = horizon - 6 - texture(static_cast<std::uint32_t>(block), 7) % 12;
        return y < roof ? sky : building;
    }
    const double depth = static_cast<double>(y - horizon + 1) / (height - horizon);
    const double across = (x - width / 2.0) / (width / 2.0) / depth;
    for (int i = 0; i < 3; i++) {
        const double passed = time * 0.02 * (i + 1);
        const double distance = 1.0 - std::abs(1.0 - 2.0 * (passed - std::floor(passed)));
        const double place = 0.25 + 0.6 * distance, lane = (i - 1) * 0.45;
        if (std::abs(depth - place) < 0.10 && std::abs(across - lane) < 0.16)
            return car;
    }
    if (std::abs(across) > 0.9)
        return vegetation;
    const bool dash = static_cast<int>(1.0 / depth * 4 + time) % 2 == 0;
    return (std::abs(std::abs(across) - 0.3) < 0.03 && dash) ? lane_mark : road;
}

frame render(double time) {
    static const std::uint8_t colors[class_count][3] = {{130, 180, 230}, {150, 110, 90},  {60, 130, 50},
                                                        {90, 90, 95},    {230, 230, 220}, {190, 30, 40}};
    frame result;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            const surface seen = surface_at(x, y, time);
            const auto column = static_cast<std::uint32_t>(x + static_cast<int>(time));
            const int grain = texture(column, static_cast<std::uint32_t>(y)) % 24 - 12;
            const std::size_t i = static_cast<std::size_t>(y) * width + static_cast<std::size_t>(x);
            result.classes[i] = seen;
            for (std::size_t c = 0; c < 3; c++) {
                const int value = colors[seen][c] + grain;
                result.pixels[i * 3 + c] = static_cast<std::uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
            }
        }
    return result;
}

// What the signal handler cancels; a handle is a number, so a lock-free global will do.
sgc_trainer *volatile in_training = nullptr;

void stop(int) {
    static_cast<void>(sgc_cancel(in_training));
}

std::string read_file(const char *path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    if (!file)
        throw std::runtime_error(std::string(path) + ": cannot be read");
    return text.str();
}

void run(int steps, const std::string &configuration) {
    sgc::trainer trainer(configuration);
    in_training = trainer.get();
    std::signal(SIGINT, stop);
    double time = 0;
    for (int step = 0; step < steps; step++) {
        std::vector<frame> frames;
        std::vector<sgc_image> images;
        std::vector<sgc_label_map> labels;
        for (int i = 0; i < batch_size; i++, time += 1)
            frames.push_back(render(time));
        for (const frame &each : frames) {
            images.push_back(sgc::image(each.pixels.data(), width, height));
            labels.push_back(sgc::label_map(each.classes.data(), width, height));
        }
        try {
            const sgc_step_metrics metrics = trainer.step(images, labels);
            std::printf("step %lld  loss %.4f  reconstruction %.4f  usage %.2f\n", static_cast<long long>(metrics.step),
                        metrics.loss, metrics.reconstruction, metrics.usage);
        } catch (const sgc::error &problem) {
            if (problem.status() != SGC_E_CANCELLED)
                throw;
            std::printf("training stopped\n");
            break;
        }
    }
    std::signal(SIGINT, SIG_DFL);

    // A snapshot works on its own while the trainer could go on.
    const sgc::tokenizer tokenizer = trainer.snapshot();
    const frame next = render(time);
    const sgc::encoding encoding = tokenizer.encode(sgc::image(next.pixels.data(), width, height));
    std::printf("%d rows of %d tokens out of %d\n", encoding.rows, encoding.columns, tokenizer.codebook_size());
    for (std::int32_t row = 0; row < encoding.rows; row++) {
        for (std::int32_t column = 0; column < encoding.columns; column++) {
            const std::size_t i = static_cast<std::size_t>(row) * static_cast<std::size_t>(encoding.columns) +
                                  static_cast<std::size_t>(column);
            std::printf("%4d(%d)", encoding.tokens[i], encoding.classes[i]);
        }
        std::printf("\n");
    }
    std::vector<std::uint8_t> again(next.pixels.size());
    tokenizer.decode(sgc::mutable_image(again.data(), width, height), encoding.tokens,
                     {encoding.rows, encoding.columns});
    double error = 0;
    for (std::size_t i = 0; i < again.size(); i++)
        error += std::abs(again[i] - next.pixels[i]);
    std::printf("mean absolute error %.1f of 255\n", error / static_cast<double>(again.size()));
}

} // namespace

int main(int count, char **arguments) {
    try {
        const int steps = count > 1 ? std::atoi(arguments[1]) : 50;
        run(steps, count > 2 ? read_file(arguments[2]) : small);
        return 0;
    } catch (const std::exception &problem) {
        std::cerr << "simulator: " << problem.what() << "\n";
        return 1;
    }
}

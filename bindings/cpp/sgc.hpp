// libsgc for C++17: the handles of sgc.h as move-only classes, its statuses as exceptions. No logic of its own; what a
// call does, and what its arguments mean, is said in sgc.h.
#ifndef SGC_HPP
#define SGC_HPP

#include <sgc.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace sgc {

// A call that failed: the message for people, the status for programs.
class error : public std::runtime_error {
  public:
    error(sgc_status status, const std::string &message) : std::runtime_error(message), status_(status) {}

    sgc_status status() const noexcept {
        return status_;
    }

    const char *name() const noexcept {
        return sgc_status_name(status_);
    }

  private:
    sgc_status status_;
};

// Throws sgc::error for any status but SGC_OK. For the calling thread's last call only.
inline void check(sgc_status status) {
    if (status != SGC_OK)
        throw error(status, sgc_last_error());
}

// Pixels to read, borrowed; zero strides mean packed.
inline sgc_image image(const void *data, std::int32_t width, std::int32_t height, std::int32_t format = SGC_PIXEL_RGB8,
                       std::int64_t row_stride_bytes = 0, std::int64_t plane_stride_bytes = 0) noexcept {
    return {static_cast<std::uint32_t>(sizeof(sgc_image)),
            format,
            data,
            width,
            height,
            row_stride_bytes,
            plane_stride_bytes};
}

// Pixels to write, borrowed; zero strides mean packed.
inline sgc_mutable_image mutable_image(void *data, std::int32_t width, std::int32_t height,
                                       std::int32_t format = SGC_PIXEL_RGB8, std::int64_t row_stride_bytes = 0,
                                       std::int64_t plane_stride_bytes = 0) noexcept {
    return {static_cast<std::uint32_t>(sizeof(sgc_mutable_image)),
            format,
            data,
            width,
            height,
            row_stride_bytes,
            plane_stride_bytes};
}

// Class ids to read, borrowed: 8 or 16 bits each.
template <class Id>
sgc_label_map label_map(const Id *data, std::int32_t width, std::int32_t height, std::int32_t ignore_id = -1,
                        std::int64_t row_stride_bytes = 0) noexcept {
    static_assert(std::is_same<Id, std::uint8_t>::value || std::is_same<Id, std::uint16_t>::value,
                  "class ids are std::uint8_t or std::uint16_t");
    return {static_cast<std::uint32_t>(sizeof(sgc_label_map)),
            sizeof(Id) == 1 ? SGC_LABEL_UINT8 : SGC_LABEL_UINT16,
            data,
            width,
            height,
            row_stride_bytes,
            ignore_id,
            0};
}

// How a handle computes; all defaults until a field is set.
struct options : sgc_engine_options {
    options() noexcept : sgc_engine_options(SGC_ENGINE_OPTIONS_INIT) {}
};

// What an encoding gives: arrays [images, rows, columns], the latents with the code's dimension behind.
struct encoding {
    std::int32_t rows = 0;
    std::int32_t columns = 0;
    std::vector<std::int32_t> tokens;
    std::vector<std::int32_t> classes;
    std::vector<float> purities;
    std::vector<float> margins;
    std::vector<float> latents;
};

// Rows and columns of tokens.
struct grid {
    std::int32_t rows = 0;
    std::int32_t columns = 0;
};

// What a teacher sees: [images, rows, columns, channels].
struct feature_map {
    std::int32_t rows = 0;
    std::int32_t columns = 0;
    std::int32_t channels = 0;
    std::vector<float> values;
};

// A value of a teacher's network: elements of ONNX's type `element_type`, dense and row-major.
struct tensor {
    std::string name;
    std::int32_t element_type = 1;
    std::vector<std::int64_t> shape;
    std::vector<unsigned char> bytes;

    // Numbers of type float.
    static tensor floats(std::string name, std::vector<std::int64_t> shape, const std::vector<float> &values) {
        tensor result;
        result.name = std::move(name);
        result.shape = std::move(shape);
        const auto *first = reinterpret_cast<const unsigned char *>(values.data());
        result.bytes.assign(first, first + values.size() * sizeof(float));
        return result;
    }

    // The elements as float; throws std::invalid_argument when they have another type.
    std::vector<float> floats() const {
        if (element_type != 1)
            throw std::invalid_argument("sgc::tensor::floats: " + name + " has another element type");
        std::vector<float> values(bytes.size() / sizeof(float));
        if (!values.empty())
            std::memcpy(values.data(), bytes.data(), bytes.size());
        return values;
    }
};

namespace detail {

// The C structure of a tensor, which borrows its name and memory.
inline sgc_tensor borrowed(const tensor &value) {
    if (value.shape.size() > 8)
        throw std::invalid_argument("sgc::tensor: expected at most 8 dimensions");
    sgc_tensor result = SGC_TENSOR_INIT;
    result.element_type = value.element_type;
    result.rank = static_cast<std::int32_t>(value.shape.size());
    std::copy(value.shape.begin(), value.shape.end(), result.shape);
    result.name = value.name.c_str();
    result.data = const_cast<unsigned char *>(value.bytes.data());
    result.capacity_bytes = value.bytes.size();
    return result;
}

// Owns a handle and frees it with `Free`.
template <class Object, sgc_status (*Free)(Object *)> class handle {
  public:
    handle() noexcept = default;
    explicit handle(Object *object) noexcept : object_(object) {}
    handle(handle &&other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    handle &operator=(handle &&other) noexcept {
        if (this != &other) {
            reset();
            object_ = std::exchange(other.object_, nullptr);
        }
        return *this;
    }
    handle(const handle &) = delete;
    handle &operator=(const handle &) = delete;
    ~handle() {
        reset();
    }

    // The C handle, still owned here.
    Object *get() const noexcept {
        return object_;
    }

    // Frees the handle now; calls of other threads that still run on it finish first.
    void reset() noexcept {
        if (object_ != nullptr)
            static_cast<void>(Free(std::exchange(object_, nullptr)));
    }

    // Ends the calls that run on this handle in other threads. Async-signal-safe.
    sgc_status cancel() const noexcept {
        return sgc_cancel(object_);
    }

  protected:
    Object *object_ = nullptr;
};

// Text by size query: `query` is called with (size, buffer, capacity).
template <class Query> std::string text(Query query) {
    std::size_t size = 0;
    check(query(&size, static_cast<char *>(nullptr), std::size_t{0}));
    std::string result(size, '\0');
    check(query(&size, &result[0], size));
    result.resize(size - 1);
    return result;
}

} // namespace detail

// A trained model; any number of threads may use one at once.
class tokenizer : public detail::handle<sgc_tokenizer, sgc_tokenizer_free> {
  public:
    using handle::handle;

    explicit tokenizer(const std::string &directory, const options &how = options()) {
        check(sgc_tokenizer_load(&object_, directory.c_str(), &how));
    }

    std::string info() const {
        return detail::text([this](std::size_t *size, char *buffer, std::size_t capacity) {
            return sgc_tokenizer_info(size, buffer, capacity, object_);
        });
    }

    std::int32_t codebook_size() const {
        std::int32_t value = 0;
        check(sgc_tokenizer_shape(&value, nullptr, nullptr, object_));
        return value;
    }

    std::int32_t code_dimension() const {
        std::int32_t value = 0;
        check(sgc_tokenizer_shape(nullptr, &value, nullptr, object_));
        return value;
    }

    std::int32_t downsampling_factor() const {
        std::int32_t value = 0;
        check(sgc_tokenizer_shape(nullptr, nullptr, &value, object_));
        return value;
    }

    grid token_grid(std::int32_t width, std::int32_t height) const {
        grid result;
        check(sgc_token_grid(&result.rows, &result.columns, object_, width, height));
        return result;
    }

    // Encodes images of one size. The latents are left out unless asked for.
    encoding encode(const sgc_image *images, std::size_t count, bool with_latents = false) const {
        sgc_encoding request = SGC_ENCODING_INIT;
        check(sgc_encode(&request, object_, images, count));
        encoding result;
        result.rows = request.rows;
        result.columns = request.columns;
        result.tokens.resize(request.token_count);
        result.classes.resize(request.token_count);
        result.purities.resize(request.token_count);
        result.margins.resize(request.token_count);
        result.latents.resize(with_latents ? request.latent_count : 0);
        if (count == 0)
            return result;
        request.token_capacity = result.tokens.size();
        request.tokens = result.tokens.data();
        request.classes = result.classes.data();
        request.purities = result.purities.data();
        request.margins = result.margins.data();
        request.latent_capacity = result.latents.size();
        request.latents = with_latents ? result.latents.data() : nullptr;
        check(sgc_encode(&request, object_, images, count));
        return result;
    }

    encoding encode(const sgc_image &image, bool with_latents = false) const {
        return encode(&image, 1, with_latents);
    }

    // Decodes token grids, [count, rows, columns], into images of the caller's.
    void decode(const sgc_mutable_image *images, std::size_t count, const std::vector<std::int32_t> &tokens,
                grid shape) const {
        check(sgc_decode(images, count, object_, tokens.data(), tokens.size(), shape.rows, shape.columns));
    }

    void decode(const sgc_mutable_image &image, const std::vector<std::int32_t> &tokens, grid shape) const {
        decode(&image, 1, tokens, shape);
    }

    // [codebook_size, code_dimension]
    std::vector<float> codebook() const {
        std::size_t count = 0;
        check(sgc_codebook(&count, nullptr, 0, object_));
        std::vector<float> codes(count);
        check(sgc_codebook(&count, codes.data(), codes.size(), object_));
        return codes;
    }

    // The nearest code of each of the latents, [count, code_dimension]; a rest that is no whole latent is an error.
    std::vector<std::int32_t> quantize(const std::vector<float> &latents) const {
        const auto dimension = static_cast<std::size_t>(code_dimension());
        if (latents.size() % dimension != 0)
            throw std::invalid_argument("sgc::tokenizer::quantize: latents have " + std::to_string(dimension) +
                                        " numbers each, got " + std::to_string(latents.size()) + " in all");
        std::vector<std::int32_t> tokens(latents.size() / dimension);
        check(sgc_quantize(tokens.data(), nullptr, object_, latents.data(), tokens.size()));
        return tokens;
    }
};

// A pretrained network from an ONNX file; any number of threads may use one at once.
class teacher : public detail::handle<sgc_teacher, sgc_teacher_free> {
  public:
    using handle::handle;

    explicit teacher(const std::string &path, const options &how = options()) {
        check(sgc_teacher_load(&object_, path.c_str(), &how));
    }

    // The description and what the network has, as JSON.
    std::string info() const {
        return detail::text([this](std::size_t *size, char *buffer, std::size_t capacity) {
            return sgc_teacher_info(size, buffer, capacity, object_);
        });
    }

    // Rows, columns and channels of what the network itself gives for an image.
    feature_map shape(std::int32_t width, std::int32_t height) const {
        feature_map result;
        check(sgc_teacher_shape(&result.rows, &result.columns, &result.channels, object_, width, height));
        return result;
    }

    // The class id of every pixel of images of one size, [count, height, width]; 65535: none. Of a segmentation.
    std::vector<std::uint16_t> labels(const sgc_image *images, std::size_t count) const {
        sgc_teacher_answer answer = SGC_TEACHER_ANSWER_INIT;
        check(sgc_teacher_run(&answer, object_, images, count));
        std::vector<std::uint16_t> result(std::max<std::size_t>(answer.label_count, 1));
        answer.label_capacity = result.size();
        answer.labels = result.data();
        check(sgc_teacher_run(&answer, object_, images, count));
        result.resize(answer.label_count);
        return result;
    }

    // What the network sees in each place of images of one size; of a segmentation, the scores of its classes.
    feature_map features(const sgc_image *images, std::size_t count) const {
        sgc_teacher_answer answer = SGC_TEACHER_ANSWER_INIT;
        check(sgc_teacher_run(&answer, object_, images, count));
        feature_map result;
        result.values.resize(answer.feature_count);
        if (!result.values.empty()) {
            answer.feature_capacity = result.values.size();
            answer.features = result.values.data();
            check(sgc_teacher_run(&answer, object_, images, count));
        }
        result.rows = answer.rows;
        result.columns = answer.columns;
        result.channels = answer.channels;
        return result;
    }

    // Computes values of the network by name from its inputs. Runs twice where a value has more than 64 KiB.
    std::vector<tensor> evaluate(const std::vector<tensor> &inputs, const std::vector<std::string> &names) const {
        std::vector<sgc_tensor> given;
        for (const tensor &input : inputs)
            given.push_back(detail::borrowed(input));
        std::vector<tensor> results(names.size());
        std::vector<sgc_tensor> wanted(names.size());
        for (std::size_t i = 0; i < names.size(); i++) {
            results[i].name = names[i];
            results[i].bytes.resize(1 << 16);
        }
        for (bool again = true; again;) {
            for (std::size_t i = 0; i < names.size(); i++)
                wanted[i] = detail::borrowed(results[i]);
            sgc_status status = sgc_teacher_evaluate(wanted.data(), wanted.size(), object_, given.data(), given.size());
            again = false;
            for (std::size_t i = 0; status == SGC_E_ARG && i < names.size(); i++) {
                if (wanted[i].size_bytes > results[i].bytes.size()) {
                    results[i].bytes.resize(wanted[i].size_bytes);
                    again = true;
                }
            }
            if (!again)
                check(status);
        }
        for (std::size_t i = 0; i < names.size(); i++) {
            results[i].element_type = wanted[i].element_type;
            results[i].shape.assign(wanted[i].shape, wanted[i].shape + wanted[i].rank);
            results[i].bytes.resize(wanted[i].size_bytes);
        }
        return results;
    }
};

// A model in training; one call at a time.
class trainer : public detail::handle<sgc_trainer, sgc_trainer_free> {
  public:
    using handle::handle;

    // Fresh weights from a JSON configuration, "{}" for all defaults.
    explicit trainer(const std::string &configuration, const options &how = options()) {
        check(sgc_trainer_create(&object_, configuration.c_str(), &how));
    }

    // Goes on where save() stopped.
    static trainer resume(const std::string &directory, const options &how = options()) {
        trainer result;
        check(sgc_trainer_resume(&result.object_, directory.c_str(), &how));
        return result;
    }

    // Lets the training learn from a teacher from the next step on, as its kind says; it need not be kept.
    void set_teacher(const teacher &teacher) {
        check(sgc_trainer_set_teacher(object_, teacher.get()));
    }

    // Makes the training imitate a tokenizer from the first step on; it need not be kept.
    void imitate(const tokenizer &tokenizer) {
        check(sgc_trainer_imitate(object_, tokenizer.get()));
    }

    // Takes all teachers away.
    void clear_teachers() {
        check(sgc_trainer_set_teacher(object_, nullptr));
    }

    // One step; `labels` may be null, else there is one for each image.
    sgc_step_metrics step(const sgc_image *images, std::size_t count, const sgc_label_map *labels = nullptr) {
        sgc_step_metrics metrics = SGC_STEP_METRICS_INIT;
        check(sgc_train_step(&metrics, object_, images, count, labels));
        return metrics;
    }

    // One step on batches that vectors hold; throws std::invalid_argument when their sizes differ.
    sgc_step_metrics step(const std::vector<sgc_image> &images, const std::vector<sgc_label_map> &labels) {
        if (images.size() != labels.size())
            throw std::invalid_argument("sgc::trainer::step: expected one label map for each image");
        return step(images.data(), images.size(), labels.data());
    }

    // Every metric of the last step, as JSON.
    std::string metrics() const {
        return detail::text([this](std::size_t *size, char *buffer, std::size_t capacity) {
            return sgc_trainer_metrics(size, buffer, capacity, object_);
        });
    }

    void save(const std::string &directory) {
        check(sgc_trainer_save(object_, directory.c_str()));
    }

    void export_model(const std::string &directory) {
        check(sgc_trainer_export(object_, directory.c_str()));
    }

    // A tokenizer with a copy of the model as it is now.
    tokenizer snapshot() {
        sgc_tokenizer *copy = nullptr;
        check(sgc_trainer_snapshot(&copy, object_));
        return tokenizer(copy);
    }
};

} // namespace sgc

#endif // SGC_HPP

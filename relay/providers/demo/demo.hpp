#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "relay/base/runtime.hpp"
#include "relay/config/section.hpp"
#include "relay/config/table.hpp"
#include "relay/providers/provider.hpp"

/// For demonstrations and for trying out an application: behaves like a provider and calls nobody ("demo").
namespace relay::providers::demo {

/// What a number's last four digits choose, after the example of Twilio's magic numbers. Every other number is accepted
/// and delivered.
struct MagicNumber {
  std::string_view last_digits;
  Outcome outcome;
  ReceiptStatus receipt;  ///< accepted: what is reported later; `pending`: nothing ever.
  std::string_view code;
  std::string_view meaning;
};
[[nodiscard]] std::span<const MagicNumber> magic_numbers();

/// A delivery receipt; `ref` is what SendResult::receipt_refs has promised.
struct Receipt {
  std::string provider;
  std::string ref;
  ReceiptStatus status = ReceiptStatus::delivered;
  std::string code;
};
using ReceiptHandler = std::function<void(Receipt)>;

[[nodiscard]] const config::Table& settings();

/// `on_receipt` is called on the loop's thread, `receipt_delay` after the acceptance, and never after the provider is
/// gone.
[[nodiscard]] std::unique_ptr<Provider> make_demo(Runtime runtime, const config::Section& section,
                                                  ReceiptHandler on_receipt);

}  // namespace relay::providers::demo

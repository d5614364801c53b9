#pragma once

#include <string>
#include <vector>

/// TPDUs to start from: of our own encoder, and the vectors of tests/data/tpdu.
namespace fuzz {

struct TpduSeed {
  std::string octets;  ///< With the service centre's address.
  bool from_mobile = false;
};
[[nodiscard]] std::vector<TpduSeed> tpdu_seeds();

/// A DELIVER with this text, and a STATUS-REPORT, as a modem hands them over: hex with the service centre's address.
[[nodiscard]] std::string deliver_hex(int message);
[[nodiscard]] std::string status_report_hex(int reference, int status);
[[nodiscard]] int tpdu_length(const std::string& hex);  ///< As +CMT and +CMGL tell it: without the service centre.

}  // namespace fuzz

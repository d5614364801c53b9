#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "relay/base/time.hpp"

namespace modem_sim {

/// What the network tells of an accepted message whose sender asked for a status report (TP-SRR).
enum class ReportOutcome : std::uint8_t { none, delivered, failed, pending_then_delivered };

/// How sends go when no fault is in the way. May be changed while the modem runs.
struct SendBehaviour {
  relay::Millis prompt_delay{0};
  relay::Millis latency_min{0};  ///< From Ctrl-Z to the answer, uniform between the two.
  relay::Millis latency_max{0};
  ReportOutcome report = ReportOutcome::none;
  relay::Millis report_delay{1000};   ///< After acceptance; a second report comes after twice this.
  bool report_before_answer = false;  ///< The (first) report comes before `+CMGS: mr`.
  bool duplicate_reports = false;     ///< Every report comes twice.
};

/// How the network answers a USSD request. May be changed while the modem runs.
struct UssdBehaviour {
  std::string reply = "Balance 10.00";
  int state = 0;  ///< <m> of +CUSD; 1: it expects an answer, and after that ends with 0.
  relay::Millis delay{1000};
  bool silent = false;  ///< No answer at all.
  bool packed = false;  ///< Takes and gives packed septets in hex, as some sticks do.
};

struct ModemConfig {
  std::string manufacturer = "Edge Relay";
  std::string model = "modem-sim";
  std::string revision = "1.0";
  std::string imei = "490154203237518";
  std::string imsi = "244910000000001";
  std::string iccid = "8935891000000000001";

  bool sim_present = true;
  std::string pin;  ///< Empty: the SIM asks for none.
  std::string puk = "12345678";
  std::string own_number;  ///< +CNUM; empty: the SIM does not hold it.
  std::string smsc = "+358500000000";

  int registration = 1;       ///< <stat> of 3GPP TS 27.007 clause 10.1.20 once registered
  int access_technology = 7;  ///< <AcT>: 7 is E-UTRAN
  int signal_quality = 20;    ///< <rssi> of +CSQ, 0..31 or 99
  std::string operator_name = "SIM NET";
  std::string operator_code = "00101";
  UssdBehaviour ussd;

  relay::Millis boot_duration{3000};       ///< Silence after a reboot, until the boot lines.
  relay::Millis registration_delay{1000};  ///< From boot (or PIN) to registered.
  relay::Millis sms_ready_delay{500};      ///< From boot (or PIN) to the SMS service; until then +CMS ERROR: 314.
  std::vector<std::string> boot_lines{"RDY", "+CFUN: 1"};
  std::string sms_ready_line = "SMS Ready";

  relay::Millis answer_delay{0};  ///< Before every answer; meanwhile the modem takes no input.
  SendBehaviour send;

  int sim_capacity = 50;      ///< "SM"
  int device_capacity = 255;  ///< "ME"
  /// Allowed values of +CNMI's five parameters, as bits: bit n stands for the value n.
  std::array<std::uint8_t, 5> cnmi_allowed{0b111, 0b1111, 0b1, 0b111, 0b11};
  relay::Millis acknowledge_timeout{15'000};  ///< For +CNMA under +CSMS=1 (3GPP TS 27.005 clause 3.4.4).
  relay::Millis network_retry{30'000};        ///< The network repeats what was not acknowledged.

  int first_reference = 0;          ///< TP-MR of the first send, 0..255
  bool references_restart = false;  ///< It counts from first_reference again after each restart, as some modems do.
  /// Wall time at steady time 0, for the timestamps of the service centre.
  relay::WallTime wall_at_zero{relay::Millis{1'790'000'000'000}};
};

}  // namespace modem_sim

//! Messages: the first response, and replies.

use crate::model::telling::gives;

#[test]
fn the_first_response_runs_from_the_queueing_and_a_reply_from_the_oldest_question() {
    let events = "
        00:00 c1 queued queue=sales channel=chat
        00:02 c1 message author=customer
        00:04 c1 message author=bot
        00:07 c1 message author=customer
        00:20 c1 answered agent=ann
        00:30 c1 message author=agent agent=ann
        00:40 c1 message author=agent agent=ann
        01:00 c1 message author=customer
        01:15 c1 message author=agent";
    gives(
        events,
        "02:00",
        "
        sales all chat_first_response_time.count 1
        sales all chat_first_response_time.sum 30
        sales all chat_reply_time.count 2
        sales all chat_reply_time.sum 43
        sales all chat_reply_time_by.channel.chat.max 28",
    );
    gives(events, "00:59", "sales all chat_reply_time.count 1");
}

#[test]
fn the_chain_does_not_lengthen_the_first_response_and_the_second_queueing_does_not_shorten_it() {
    let events = "
        05:00 c1 queued queue=sales first_queued_at=1772442000000
        05:30 c1 queued queue=tech
        05:45 c1 message author=agent";
    gives(events, "06:00", "tech all chat_first_response_time.sum 45\nsales all chat_first_response_time.count 0");
}

#[test]
fn an_agent_who_writes_before_any_queueing_leaves_no_first_response() {
    let events = "
        00:00 c1 message author=customer
        00:05 c1 message author=agent
        00:10 c1 queued queue=sales
        00:20 c1 message author=agent";
    gives(events, "01:00", "__direct__ all chat_reply_time.sum 5\ntotal all chat_first_response_time.count 0");
}

#[test]
fn a_message_counts_for_its_agents_leg_else_the_latest_leg_else_the_stay_else_the_latest_queue() {
    let served = "
        00:00 c1 queued queue=sales
        00:10 c1 answered agent=ann
        00:20 c1 transferred agent=ann
        00:20 c1 queued queue=tech
        00:30 c1 answered agent=bob
        00:40 c1 message author=customer
        00:50 c1 message author=agent";
    gives(&format!("{served} agent=ann"), "01:00", "sales all chat_reply_time.count 1");
    gives(&format!("{served} agent=bob"), "01:00", "tech all chat_reply_time.count 1");
    gives(&format!("{served} agent=cem"), "01:00", "tech all chat_reply_time.count 1");
    gives(served, "01:00", "tech all chat_reply_time.count 1");
    let waiting = "
        00:00 c1 queued queue=sales
        00:05 c1 queued queue=tech also=true
        00:10 c1 message author=agent";
    gives(waiting, "01:00", "sales all chat_first_response_time.sum 10");
    let gone = "00:00 c1 queued queue=sales\n00:05 c1 flowed_out queue=sales\n00:10 c1 message author=agent";
    gives(gone, "01:00", "sales all chat_first_response_time.sum 10");
}

#[test]
fn outbound_chats_are_not_measured() {
    let events = "
        00:00 c1 queued queue=sales direction=outbound
        00:05 c1 message author=customer
        00:10 c1 message author=agent";
    gives(events, "01:00", "total all chat_reply_time.count 0\ntotal all chat_first_response_time.count 0");
}

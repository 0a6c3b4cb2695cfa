package judge;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.reflect.TypeToken;
import java.util.HashSet;
import java.util.List;
import org.apache.rocketmq.client.consumer.AllocateMessageQueueStrategy;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMachineRoomNearby;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueAveragely;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueByConfig;
import org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueueByMachineRoom;
import org.apache.rocketmq.common.message.MessageQueue;

/** The ways of sharing queues, by their names, with what some of them are told. */
final class Allocations {
    private static final String PACKAGE = "org.apache.rocketmq.client.consumer.rebalance.AllocateMessageQueue";

    private Allocations() {
    }

    static AllocateMessageQueueStrategy of(JsonObject with) throws Exception {
        String name = with.get("strategy").getAsString();
        switch (name) {
            case "ByConfig":
                AllocateMessageQueueByConfig configured = new AllocateMessageQueueByConfig();
                configured.setMessageQueueList(
                    Json.as(with.get("queues"), new TypeToken<List<MessageQueue>>() { }.getType()));
                return configured;
            case "ByMachineRoom":
                AllocateMessageQueueByMachineRoom ofRooms = new AllocateMessageQueueByMachineRoom();
                HashSet<String> rooms = new HashSet<>();
                for (JsonElement room : with.getAsJsonArray("rooms")) {
                    rooms.add(room.getAsString());
                }
                ofRooms.setConsumeridcs(rooms);
                return ofRooms;
            case "MachineRoomNearby":
                return new AllocateMachineRoomNearby(new AllocateMessageQueueAveragely(), new Rooms());
            default:
                return (AllocateMessageQueueStrategy) Class.forName(PACKAGE + name).getDeclaredConstructor().newInstance();
        }
    }

    /** Brokers are named room@broker, clients address@room-name. */
    private static final class Rooms implements AllocateMachineRoomNearby.MachineRoomResolver {
        @Override
        public String brokerDeployIn(MessageQueue queue) {
            return queue.getBrokerName().split("@")[0];
        }

        @Override
        public String consumerDeployIn(String clientId) {
            return clientId.split("@")[1].split("-")[0];
        }
    }
}

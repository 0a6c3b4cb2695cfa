/** `mqadmin updateTopicList`: creates or changes the topics of a file. */
import { topicConfigFromJson } from '@rocketmq-ts/common';
import { requiredText } from '../../cli/option-declaration.js';
import { defineCommand } from '../command.js';
import { readJsonList } from '../json-file.js';
import { brokerOrCluster, ONE_TARGET, targetMasters } from '../targets.js';

export const updateTopicList = defineCommand({
  name: 'updateTopicList',
  doc: 'Create or change many topics.',
  options: {
    ...brokerOrCluster,
    filename: requiredText('f', 'filename', 'File with a JSON list of topic configurations'),
  },
  groups: ONE_TARGET,
  async run(context, options) {
    const { admin, out, files } = context;
    const configs = readJsonList(files, options.filename, topicConfigFromJson);
    for (const address of await targetMasters(context, options)) {
      await admin.topics.updateList(address, configs);
      const done = 'submit batch of topic config to %s success, please check the result later.';
      out.report({ address, topics: configs.map(({ topicName }) => topicName) }, done, address);
    }
  },
});
